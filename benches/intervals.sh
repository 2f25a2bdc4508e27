#!/usr/bin/env bash
# Instructions that the whole exporter executes for a poll of one small workspace: polled every 2 s and every 30 s where
# only the page of the workspace was asked for, and every 30 s where the whole page was asked for within five minutes.
# There is no case of the whole page every 2 s: valgrind makes renderings so slow that not each poll has one. No page is
# asked for while it counts.
#
# The cases run beside each other, since other work on the machine changes no instructions. The script takes three
# minutes, needs valgrind and curl, and installs nothing.
set -euo pipefail

# Departments, agents and open chats: the small workspace of the documentation.
readonly SIZE=(4 12 5)

cd "$(dirname "$0")/.."
for tool in valgrind callgrind_control curl; do
  if ! type -P "$tool" >/dev/null; then
    echo "$tool is missing; on Debian: apt-get install valgrind curl" >&2
    exit 1
  fi
done

work=$(mktemp -d)
readonly work
trap 'wait; rm -rf "$work"' EXIT

# polls ADDRESS: the requests of /api/info, one a poll.
polls() {
  curl -sf "http://$1/metrics?workspace=acme" | sed -n 's/.*api_requests_total{.*endpoint="info".* //p'
}

# measure NAME PORT INTERVAL SECONDS PATH: prints the instructions a poll.
measure() (
  address=127.0.0.1:$2
  folder=$work/$2
  mkdir "$folder" "$folder/state"
  "$target/examples/call_centre" "${SIZE[@]}" >"$folder/centre" &
  started=($!)
  trap 'kill "${started[@]}"; wait' EXIT
  until grep -qs auth_token "$folder/centre"; do sleep 0.1; done
  sed "s/interval: 1h/interval: $3/" "$folder/centre" >"$folder/config.yaml"
  MALLOC_MMAP_THRESHOLD_=131072 valgrind -q --tool=callgrind --callgrind-out-file="$folder/count" \
    "$target/rocketchat-omnichannel-exporter" --config.file "$folder/config.yaml" --state.directory "$folder/state" \
    --web.listen-address "$address" --log.level error &
  exporter=$!
  started+=("$exporter")
  until curl -sf "http://$address$5" | grep -q '^rocketchat_omnichannel_up{.* 1$'; do sleep 1; done
  # The first polls are over, and no longer in what is counted.
  sleep 10
  before=$(polls "$address")
  callgrind_control --zero "$exporter" >/dev/null 2>&1
  sleep "$4"
  callgrind_control --dump "$exporter" >/dev/null 2>&1
  after=$(polls "$address")
  sed -n 's/^summary: //p' "$folder/count.1" |
    awk -v name="$1" -v polls="$((after - before))" '{ printf "%s: %.2f M, %d polls\n", name, $1 / polls / 1e6, polls }'
)

target=${CARGO_TARGET_DIR:-target}/release
cargo build --release --quiet --bin rocketchat-omnichannel-exporter --example call_centre
echo "Instructions a poll:"
measure "every 2 s" 19471 2s 60 '/metrics?workspace=acme' &
measure "every 30 s" 19472 30s 120 '/metrics?workspace=acme' &
measure "every 30 s, after a request for the whole page" 19473 30s 120 /metrics &
wait
