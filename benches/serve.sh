#!/usr/bin/env bash
# Cost of a scrape, compared with nginx that serves the same bytes from a file: CPU of the server process per request
# (user and system time of /proc/PID/stat), for pages of about 1 000 and 10 000 series, plain and gzip.
#
# Goal: at most 1.25 times the CPU of nginx. Both servers are pinned to core 0 and wrk is pinned to core 1. The rounds
# alternate, so that other load on the machine affects both servers. The script installs nothing. ROUNDS and
# SECONDS_A_ROUND may be set.
set -euo pipefail

readonly ROUNDS=${ROUNDS:-5}
readonly SECONDS_A_ROUND=${SECONDS_A_ROUND:-3}
readonly CONNECTIONS=16
readonly OURS=127.0.0.1:19464
readonly NGINX=127.0.0.1:19465

cd "$(dirname "$0")/.."
for tool in nginx wrk curl taskset; do
    if ! command -v "$tool" >/dev/null; then
        echo "$tool is missing; on Debian: apt-get install nginx-light wrk curl util-linux" >&2
        exit 1
    fi
done
if (($(nproc) < 2)); then
    echo "two cores are needed: one for the servers, one for wrk" >&2
    exit 1
fi

work=$(mktemp -d)
readonly work
started=()

stop_all() {
    if ((${#started[@]})); then
        kill "${started[@]}" 2>/dev/null || true
        wait "${started[@]}" 2>/dev/null || true
    fi
    started=()
}
trap 'stop_all; rm -rf "$work"' EXIT

# User and system time of a process, in clock ticks. The name in parentheses may contain spaces.
ticks() {
    local fields
    fields=$(sed 's/.*) //' "/proc/$1/stat")
    # shellcheck disable=SC2086
    set -- $fields
    echo $((${12} + ${13}))
}

# start_nginx: serves the files of $work/root with one worker; sets `worker` to the process id of the worker.
start_nginx() {
    cat >"$work/nginx.conf" <<CONF
daemon off;
worker_processes 1;
pid $work/nginx.pid;
error_log $work/nginx.log;
events { worker_connections 256; }
http {
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000000;
    open_file_cache max=16;
    default_type "text/plain; version=0.0.4; charset=utf-8";
    client_body_temp_path $work/body;
    proxy_temp_path $work/proxy;
    fastcgi_temp_path $work/fastcgi;
    uwsgi_temp_path $work/uwsgi;
    scgi_temp_path $work/scgi;
    server {
        listen $NGINX;
        root $work/root;
        location = /gzip { add_header Content-Encoding gzip; }
    }
}
CONF
    # A worker of another user must be able to read the root.
    chmod 755 "$work" "$work/root"
    taskset -c 0 nginx -p "$work" -c "$work/nginx.conf" -e "$work/nginx.log" &
    started+=($!)
    until curl -sf -o "$work/probe" "http://$NGINX/plain"; do sleep 0.1; done
    worker=$(cat "/proc/$!/task/$!/children")
    worker=${worker%% *}
}

# start_ours DEPARTMENTS AGENTS ROOMS: starts the exporter and waits until it tracks all rooms; sets `ours` to its
# process id. Then the call centre is stopped: the poll interval is one hour, so the figures do not change.
start_ours() {
    "$target/examples/call_centre" "$@" >"$work/config.yaml" &
    local centre=$!
    started+=("$centre")
    until grep -q auth_token "$work/config.yaml"; do sleep 0.1; done
    taskset -c 0 "$target/rocketchat-omnichannel-exporter" --config.file "$work/config.yaml" \
        --web.listen-address "$OURS" --log.level error &
    ours=$!
    started+=("$ours")
    mkdir -p "$work/root"
    until curl -sf -o "$work/root/plain" "http://$OURS/metrics" &&
        grep -q "tracked_chats.* $3\$" "$work/root/plain"; do sleep 0.2; done
    kill "$centre"
    curl -sf -o "$work/root/gzip" -H 'Accept-Encoding: gzip' "http://$OURS/metrics"
}

# cpu PID URL ENCODING: CPU time of the process per request, microseconds.
cpu() {
    local before after requests
    before=$(ticks "$1")
    requests=$(taskset -c 1 wrk -t1 -c"$CONNECTIONS" -d"${SECONDS_A_ROUND}s" -H "Accept-Encoding: $3" "$2" |
        awk '/requests in/ { print $1 } /Non-2xx/ { print "failed" > "/dev/stderr"; exit 1 }')
    after=$(ticks "$1")
    echo "$((after - before)) $requests $(getconf CLK_TCK)" | awk '{ printf "%.2f\n", $1 / $3 / $2 * 1e6 }'
}

# summary FILE: best and median of the figures in the file.
summary() {
    sort -n "$1" | awk '{ all[NR] = $1 } END { print all[1], all[int((NR + 1) / 2)] }'
}

# compare PATH ENCODING: rounds of both servers in turn, and the ratio of their CPU times.
compare() {
    local round
    : >"$work/ours" && : >"$work/nginx"
    for ((round = 0; round < ROUNDS; round++)); do
        cpu "$ours" "http://$OURS/metrics" "$2" >>"$work/ours"
        cpu "$worker" "http://$NGINX/$1" "$2" >>"$work/nginx"
    done
    echo "$(summary "$work/ours") $(summary "$work/nginx")" |
        awk -v body="$series series, $1, $(stat -c %s "$work/root/$1") bytes" '{
            printf "%-42s ours %6.1f %6.1f   nginx %6.1f %6.1f   ratio %.2f %.2f\n",
                body, $1, $2, $3, $4, $1 / $3, $2 / $4 }'
}

target=${CARGO_TARGET_DIR:-target}/release
cargo build --release --quiet --bin rocketchat-omnichannel-exporter --example call_centre
echo "CPU µs a request, best and median of $ROUNDS rounds of ${SECONDS_A_ROUND} s, $CONNECTIONS connections:"
for size in "8 40 400" "94 850 10000"; do
    # shellcheck disable=SC2086
    start_ours $size
    series=$(grep -vc '^#' "$work/root/plain")
    start_nginx
    compare plain identity
    compare gzip gzip
    stop_all
done
