# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_rocketchat_omnichannel_exporter_global_optspecs
    string join \n web.listen-address= web.telemetry-path= web.external-address= web.enable-lifecycle web.config.file= log.level= log.format= config.file= state.directory= shard= shards= config.check config.auto-reload-interval= h/help V/version
end

function __fish_rocketchat_omnichannel_exporter_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_rocketchat_omnichannel_exporter_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_rocketchat_omnichannel_exporter_using_subcommand
    set -l cmd (__fish_rocketchat_omnichannel_exporter_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_needs_command" -l web.listen-address -d 'Address to listen on, e.g. `:10458`, `localhost:10458` or `[::1]:10458`; may be repeated [default: :10458]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_needs_command" -l web.telemetry-path -d 'Path of the metrics [default: /metrics]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_needs_command" -l web.external-address -d 'Address under which Prometheus reaches the exporter, for /sd, e.g. `exporter:10458` [default: the host of the request]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_needs_command" -l web.config.file -d 'Web configuration file of the Prometheus exporters: TLS, passwords, headers and rate limit' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_needs_command" -l log.level -d 'Only log messages with this severity or above [default: info]' -r -f -a "debug\t''
info\t''
warn\t''
error\t''
trace\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_needs_command" -l log.format -d 'Format of log messages [default: logfmt]' -r -f -a "logfmt\t''
json\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_needs_command" -l config.file -d 'Configuration file; ROCKETCHAT_URL, ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN can replace the file' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_needs_command" -l state.directory -d 'Directory of the state, which only shards may share; without a directory, counters begin at zero at each start' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_needs_command" -l shard -d 'Number of this replica, from 0, if several replicas share the workspaces; auto: the number at the end of the host name, as in the pods of a StatefulSet' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_needs_command" -l shards -d 'Number of replicas that share the workspaces; each replica has its own --shard' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_needs_command" -l config.auto-reload-interval -d 'Interval between two checks of the configuration files for changes; 0s turns the checks off [default: 30s]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_needs_command" -l web.enable-lifecycle -d 'Allow POST and PUT to /-/reload, which reload the configuration'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_needs_command" -l config.check -d 'Check the configuration and exit'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_needs_command" -s h -l help -d 'Print help'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_needs_command" -s V -l version -d 'Print version'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_needs_command" -f -a "serve" -d 'Poll the configured workspaces and serve their metrics (default command)'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_needs_command" -f -a "demo" -d 'Poll a simulated workspace; needs no Rocket.Chat'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_needs_command" -f -a "check" -d 'Check configuration, network, token and permissions: exit code 0 success, 1 a step failed, 78 configuration'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_needs_command" -f -a "healthcheck" -d 'Request the health of the exporter on this machine, for containers without a shell: exit code 0 or 1'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_needs_command" -f -a "inspect" -d 'Query Rocket.Chat: waiting chats, chats by agent, rooms and calls'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_needs_command" -f -a "backfill" -d 'Write past months from Rocket.Chat\'s API as OpenMetrics files, one a day, for Prometheus to import'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand serve" -l config.file -d 'Configuration file; ROCKETCHAT_URL, ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN can replace the file' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand serve" -l state.directory -d 'Directory of the state, which only shards may share; without a directory, counters begin at zero at each start' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand serve" -l shard -d 'Number of this replica, from 0, if several replicas share the workspaces; auto: the number at the end of the host name, as in the pods of a StatefulSet' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand serve" -l shards -d 'Number of replicas that share the workspaces; each replica has its own --shard' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand serve" -l config.auto-reload-interval -d 'Interval between two checks of the configuration files for changes; 0s turns the checks off [default: 30s]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand serve" -l web.listen-address -d 'Address to listen on, e.g. `:10458`, `localhost:10458` or `[::1]:10458`; may be repeated [default: :10458]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand serve" -l web.telemetry-path -d 'Path of the metrics [default: /metrics]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand serve" -l web.external-address -d 'Address under which Prometheus reaches the exporter, for /sd, e.g. `exporter:10458` [default: the host of the request]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand serve" -l web.config.file -d 'Web configuration file of the Prometheus exporters: TLS, passwords, headers and rate limit' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand serve" -l log.level -d 'Only log messages with this severity or above [default: info]' -r -f -a "debug\t''
info\t''
warn\t''
error\t''
trace\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand serve" -l log.format -d 'Format of log messages [default: logfmt]' -r -f -a "logfmt\t''
json\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand serve" -l config.check -d 'Check the configuration and exit'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand serve" -l web.enable-lifecycle -d 'Allow POST and PUT to /-/reload, which reload the configuration'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand serve" -s h -l help -d 'Print help'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand demo" -l server-version -d 'Release of Rocket.Chat to simulate' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand demo" -l seed -d 'Seed of the simulation; the same seed gives the same day' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand demo" -l poll.interval -d 'Time between two cycles, or between two scrapes of a history [default: 2s, or 60s for a history]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand demo" -l history -d 'Write a history of 1h to 31d and exit: OpenMetrics for `promtool tsdb create-blocks-from openmetrics`' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand demo" -l output -d 'File for the history [default: standard output]' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand demo" -l web.listen-address -d 'Address to listen on, e.g. `:10458`, `localhost:10458` or `[::1]:10458`; may be repeated [default: :10458]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand demo" -l web.telemetry-path -d 'Path of the metrics [default: /metrics]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand demo" -l web.external-address -d 'Address under which Prometheus reaches the exporter, for /sd, e.g. `exporter:10458` [default: the host of the request]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand demo" -l web.config.file -d 'Web configuration file of the Prometheus exporters: TLS, passwords, headers and rate limit' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand demo" -l log.level -d 'Only log messages with this severity or above [default: info]' -r -f -a "debug\t''
info\t''
warn\t''
error\t''
trace\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand demo" -l log.format -d 'Format of log messages [default: logfmt]' -r -f -a "logfmt\t''
json\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand demo" -l web.enable-lifecycle -d 'Allow POST and PUT to /-/reload, which reload the configuration'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand demo" -s h -l help -d 'Print help'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand check" -l config.file -d 'Configuration file; ROCKETCHAT_URL, ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN can replace the file' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand check" -l state.directory -d 'Directory of the state, which only shards may share; without a directory, counters begin at zero at each start' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand check" -l shard -d 'Number of this replica, from 0, if several replicas share the workspaces; auto: the number at the end of the host name, as in the pods of a StatefulSet' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand check" -l shards -d 'Number of replicas that share the workspaces; each replica has its own --shard' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand check" -l web.listen-address -d 'Address to listen on, e.g. `:10458`, `localhost:10458` or `[::1]:10458`; may be repeated [default: :10458]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand check" -l web.telemetry-path -d 'Path of the metrics [default: /metrics]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand check" -l web.external-address -d 'Address under which Prometheus reaches the exporter, for /sd, e.g. `exporter:10458` [default: the host of the request]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand check" -l web.config.file -d 'Web configuration file of the Prometheus exporters: TLS, passwords, headers and rate limit' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand check" -l log.level -d 'Only log messages with this severity or above [default: info]' -r -f -a "debug\t''
info\t''
warn\t''
error\t''
trace\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand check" -l log.format -d 'Format of log messages [default: logfmt]' -r -f -a "logfmt\t''
json\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand check" -l web.enable-lifecycle -d 'Allow POST and PUT to /-/reload, which reload the configuration'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand check" -s h -l help -d 'Print help'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand healthcheck" -l config.file -d 'Configuration file; only the listen address is used' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand healthcheck" -l url -d 'URL to request instead of the configured address [default: the first listen address]. The URL may contain a path, a user name and a password' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand healthcheck" -l web.listen-address -d 'Address to listen on, e.g. `:10458`, `localhost:10458` or `[::1]:10458`; may be repeated [default: :10458]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand healthcheck" -l web.telemetry-path -d 'Path of the metrics [default: /metrics]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand healthcheck" -l web.external-address -d 'Address under which Prometheus reaches the exporter, for /sd, e.g. `exporter:10458` [default: the host of the request]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand healthcheck" -l web.config.file -d 'Web configuration file of the Prometheus exporters: TLS, passwords, headers and rate limit' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand healthcheck" -l log.level -d 'Only log messages with this severity or above [default: info]' -r -f -a "debug\t''
info\t''
warn\t''
error\t''
trace\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand healthcheck" -l log.format -d 'Format of log messages [default: logfmt]' -r -f -a "logfmt\t''
json\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand healthcheck" -l ready -d 'Request `/-/ready` instead of `/-/healthy`: success after the first cycle'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand healthcheck" -l web.enable-lifecycle -d 'Allow POST and PUT to /-/reload, which reload the configuration'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand healthcheck" -s h -l help -d 'Print help'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and not __fish_seen_subcommand_from waiting missed unanswered queue rooms calls call" -l config.file -d 'Configuration file; ROCKETCHAT_URL, ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN can replace the file' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and not __fish_seen_subcommand_from waiting missed unanswered queue rooms calls call" -l workspace -d 'Workspace to query, if several are configured' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and not __fish_seen_subcommand_from waiting missed unanswered queue rooms calls call" -l limit -d 'Maximum number of rows' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and not __fish_seen_subcommand_from waiting missed unanswered queue rooms calls call" -l format -d 'Format of the output' -r -f -a "table\t'A table with columns'
json\t'One JSON object: durations in seconds, times as RFC 3339'"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and not __fish_seen_subcommand_from waiting missed unanswered queue rooms calls call" -l web.listen-address -d 'Address to listen on, e.g. `:10458`, `localhost:10458` or `[::1]:10458`; may be repeated [default: :10458]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and not __fish_seen_subcommand_from waiting missed unanswered queue rooms calls call" -l web.telemetry-path -d 'Path of the metrics [default: /metrics]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and not __fish_seen_subcommand_from waiting missed unanswered queue rooms calls call" -l web.external-address -d 'Address under which Prometheus reaches the exporter, for /sd, e.g. `exporter:10458` [default: the host of the request]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and not __fish_seen_subcommand_from waiting missed unanswered queue rooms calls call" -l web.config.file -d 'Web configuration file of the Prometheus exporters: TLS, passwords, headers and rate limit' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and not __fish_seen_subcommand_from waiting missed unanswered queue rooms calls call" -l log.level -d 'Only log messages with this severity or above [default: info]' -r -f -a "debug\t''
info\t''
warn\t''
error\t''
trace\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and not __fish_seen_subcommand_from waiting missed unanswered queue rooms calls call" -l log.format -d 'Format of log messages [default: logfmt]' -r -f -a "logfmt\t''
json\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and not __fish_seen_subcommand_from waiting missed unanswered queue rooms calls call" -l visitors -d 'Also show the names and phone numbers of visitors'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and not __fish_seen_subcommand_from waiting missed unanswered queue rooms calls call" -l web.enable-lifecycle -d 'Allow POST and PUT to /-/reload, which reload the configuration'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and not __fish_seen_subcommand_from waiting missed unanswered queue rooms calls call" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and not __fish_seen_subcommand_from waiting missed unanswered queue rooms calls call" -f -a "waiting" -d 'Waiting chats, longest wait first, each with a link that opens the chat'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and not __fish_seen_subcommand_from waiting missed unanswered queue rooms calls call" -f -a "missed" -d 'Chats that missed the service level, earliest first: the chats that a service level alert counts'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and not __fish_seen_subcommand_from waiting missed unanswered queue rooms calls call" -f -a "unanswered" -d 'Chats in progress whose visitor waits for a reply, longest wait first'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and not __fish_seen_subcommand_from waiting missed unanswered queue rooms calls call" -f -a "queue" -d 'Number of chats of each agent in each department (`livechat/queue`)'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and not __fish_seen_subcommand_from waiting missed unanswered queue rooms calls call" -f -a "rooms" -d 'Chats, oldest first (`livechat/rooms`)'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and not __fish_seen_subcommand_from waiting missed unanswered queue rooms calls call" -f -a "calls" -d 'Calls: open calls, oldest first, or closed calls, newest first (`voip/rooms`, on servers 4.5 to 7.x)'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and not __fish_seen_subcommand_from waiting missed unanswered queue rooms calls call" -f -a "call" -d 'One call, by its room id and the token of its visitor (`voip/room`)'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from waiting" -l department -d 'Only this department, by name or id; may be repeated' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from waiting" -l config.file -d 'Configuration file; ROCKETCHAT_URL, ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN can replace the file' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from waiting" -l workspace -d 'Workspace to query, if several are configured' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from waiting" -l limit -d 'Maximum number of rows' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from waiting" -l format -d 'Format of the output' -r -f -a "table\t'A table with columns'
json\t'One JSON object: durations in seconds, times as RFC 3339'"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from waiting" -l web.listen-address -d 'Address to listen on, e.g. `:10458`, `localhost:10458` or `[::1]:10458`; may be repeated [default: :10458]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from waiting" -l web.telemetry-path -d 'Path of the metrics [default: /metrics]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from waiting" -l web.external-address -d 'Address under which Prometheus reaches the exporter, for /sd, e.g. `exporter:10458` [default: the host of the request]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from waiting" -l web.config.file -d 'Web configuration file of the Prometheus exporters: TLS, passwords, headers and rate limit' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from waiting" -l log.level -d 'Only log messages with this severity or above [default: info]' -r -f -a "debug\t''
info\t''
warn\t''
error\t''
trace\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from waiting" -l log.format -d 'Format of log messages [default: logfmt]' -r -f -a "logfmt\t''
json\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from waiting" -l visitors -d 'Also show the names and phone numbers of visitors'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from waiting" -l web.enable-lifecycle -d 'Allow POST and PUT to /-/reload, which reload the configuration'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from waiting" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from missed" -l since -d 'Missed at this time or later: RFC 3339, or a duration before now' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from missed" -l until -d 'Missed at this time or earlier' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from missed" -l department -d 'Only this department, by name or id; may be repeated' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from missed" -l agent -d 'Only chats of this agent, by id; may be repeated' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from missed" -l config.file -d 'Configuration file; ROCKETCHAT_URL, ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN can replace the file' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from missed" -l workspace -d 'Workspace to query, if several are configured' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from missed" -l limit -d 'Maximum number of rows' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from missed" -l format -d 'Format of the output' -r -f -a "table\t'A table with columns'
json\t'One JSON object: durations in seconds, times as RFC 3339'"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from missed" -l web.listen-address -d 'Address to listen on, e.g. `:10458`, `localhost:10458` or `[::1]:10458`; may be repeated [default: :10458]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from missed" -l web.telemetry-path -d 'Path of the metrics [default: /metrics]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from missed" -l web.external-address -d 'Address under which Prometheus reaches the exporter, for /sd, e.g. `exporter:10458` [default: the host of the request]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from missed" -l web.config.file -d 'Web configuration file of the Prometheus exporters: TLS, passwords, headers and rate limit' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from missed" -l log.level -d 'Only log messages with this severity or above [default: info]' -r -f -a "debug\t''
info\t''
warn\t''
error\t''
trace\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from missed" -l log.format -d 'Format of log messages [default: logfmt]' -r -f -a "logfmt\t''
json\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from missed" -l visitors -d 'Also show the names and phone numbers of visitors'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from missed" -l web.enable-lifecycle -d 'Allow POST and PUT to /-/reload, which reload the configuration'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from missed" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from unanswered" -l department -d 'Only this department, by name or id; may be repeated' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from unanswered" -l agent -d 'Only chats of this agent, by id; may be repeated' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from unanswered" -l config.file -d 'Configuration file; ROCKETCHAT_URL, ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN can replace the file' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from unanswered" -l workspace -d 'Workspace to query, if several are configured' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from unanswered" -l limit -d 'Maximum number of rows' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from unanswered" -l format -d 'Format of the output' -r -f -a "table\t'A table with columns'
json\t'One JSON object: durations in seconds, times as RFC 3339'"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from unanswered" -l web.listen-address -d 'Address to listen on, e.g. `:10458`, `localhost:10458` or `[::1]:10458`; may be repeated [default: :10458]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from unanswered" -l web.telemetry-path -d 'Path of the metrics [default: /metrics]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from unanswered" -l web.external-address -d 'Address under which Prometheus reaches the exporter, for /sd, e.g. `exporter:10458` [default: the host of the request]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from unanswered" -l web.config.file -d 'Web configuration file of the Prometheus exporters: TLS, passwords, headers and rate limit' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from unanswered" -l log.level -d 'Only log messages with this severity or above [default: info]' -r -f -a "debug\t''
info\t''
warn\t''
error\t''
trace\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from unanswered" -l log.format -d 'Format of log messages [default: logfmt]' -r -f -a "logfmt\t''
json\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from unanswered" -l visitors -d 'Also show the names and phone numbers of visitors'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from unanswered" -l web.enable-lifecycle -d 'Allow POST and PUT to /-/reload, which reload the configuration'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from unanswered" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from queue" -l department -d 'Only this department, by name or id' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from queue" -l agent -d 'Only this agent, by id' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from queue" -l config.file -d 'Configuration file; ROCKETCHAT_URL, ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN can replace the file' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from queue" -l workspace -d 'Workspace to query, if several are configured' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from queue" -l limit -d 'Maximum number of rows' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from queue" -l format -d 'Format of the output' -r -f -a "table\t'A table with columns'
json\t'One JSON object: durations in seconds, times as RFC 3339'"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from queue" -l web.listen-address -d 'Address to listen on, e.g. `:10458`, `localhost:10458` or `[::1]:10458`; may be repeated [default: :10458]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from queue" -l web.telemetry-path -d 'Path of the metrics [default: /metrics]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from queue" -l web.external-address -d 'Address under which Prometheus reaches the exporter, for /sd, e.g. `exporter:10458` [default: the host of the request]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from queue" -l web.config.file -d 'Web configuration file of the Prometheus exporters: TLS, passwords, headers and rate limit' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from queue" -l log.level -d 'Only log messages with this severity or above [default: info]' -r -f -a "debug\t''
info\t''
warn\t''
error\t''
trace\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from queue" -l log.format -d 'Format of log messages [default: logfmt]' -r -f -a "logfmt\t''
json\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from queue" -l available -d 'Leave out agents who are offline or do not accept chats'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from queue" -l visitors -d 'Also show the names and phone numbers of visitors'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from queue" -l web.enable-lifecycle -d 'Allow POST and PUT to /-/reload, which reload the configuration'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from queue" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l state -d 'Only chats in this state; without a state, all open chats' -r -f -a "queued\t'The chat waits for an agent'
in_progress\t'An agent serves the chat'
on_hold\t'The agent put the chat on hold'
closed\t'The chat is closed'"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l department -d 'Only this department, by name or id; may be repeated' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l agent -d 'Only chats of this agent, by id; may be repeated' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l tag -d 'Only chats with any of these tags; may be repeated' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l name -d 'Only chats whose room name contains this text' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l custom-field -d 'Only chats with this custom field; may be repeated' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l opened-after -d 'Opened at this time or later: RFC 3339, or a duration before now, e.g. `2h`' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l opened-before -d 'Opened at this time or earlier' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l closed-after -d 'Closed at this time or later; without it, the closed chats or calls of one hour' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l closed-before -d 'Closed at this time or earlier' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l config.file -d 'Configuration file; ROCKETCHAT_URL, ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN can replace the file' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l workspace -d 'Workspace to query, if several are configured' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l limit -d 'Maximum number of rows' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l format -d 'Format of the output' -r -f -a "table\t'A table with columns'
json\t'One JSON object: durations in seconds, times as RFC 3339'"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l web.listen-address -d 'Address to listen on, e.g. `:10458`, `localhost:10458` or `[::1]:10458`; may be repeated [default: :10458]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l web.telemetry-path -d 'Path of the metrics [default: /metrics]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l web.external-address -d 'Address under which Prometheus reaches the exporter, for /sd, e.g. `exporter:10458` [default: the host of the request]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l web.config.file -d 'Web configuration file of the Prometheus exporters: TLS, passwords, headers and rate limit' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l log.level -d 'Only log messages with this severity or above [default: info]' -r -f -a "debug\t''
info\t''
warn\t''
error\t''
trace\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l log.format -d 'Format of log messages [default: logfmt]' -r -f -a "logfmt\t''
json\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l visitors -d 'Also show the names and phone numbers of visitors'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l web.enable-lifecycle -d 'Allow POST and PUT to /-/reload, which reload the configuration'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l state -d 'Only calls in this state; without a state, open calls' -r -f -a "open\t'The call is in progress, wrap-up included'
closed\t'The call has ended'"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l agent -d 'Only calls of this agent, by id; may be repeated' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l tag -d 'Only calls with any of these tags; may be repeated' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l queue -d 'Only calls in this queue of the PBX' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l visitor-id -d 'Only calls of this visitor, by id' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l direction -d 'Only calls of this direction' -r -f -a "inbound\t'The visitor called'
outbound\t'The agent called'"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l name -d 'Only calls whose room name contains this text' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l opened-after -d 'Opened at this time or later: RFC 3339, or a duration before now, e.g. `2h`' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l opened-before -d 'Opened at this time or earlier' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l closed-after -d 'Closed at this time or later; without it, the closed chats or calls of one hour' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l closed-before -d 'Closed at this time or earlier' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l config.file -d 'Configuration file; ROCKETCHAT_URL, ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN can replace the file' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l workspace -d 'Workspace to query, if several are configured' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l limit -d 'Maximum number of rows' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l format -d 'Format of the output' -r -f -a "table\t'A table with columns'
json\t'One JSON object: durations in seconds, times as RFC 3339'"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l web.listen-address -d 'Address to listen on, e.g. `:10458`, `localhost:10458` or `[::1]:10458`; may be repeated [default: :10458]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l web.telemetry-path -d 'Path of the metrics [default: /metrics]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l web.external-address -d 'Address under which Prometheus reaches the exporter, for /sd, e.g. `exporter:10458` [default: the host of the request]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l web.config.file -d 'Web configuration file of the Prometheus exporters: TLS, passwords, headers and rate limit' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l log.level -d 'Only log messages with this severity or above [default: info]' -r -f -a "debug\t''
info\t''
warn\t''
error\t''
trace\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l log.format -d 'Format of log messages [default: logfmt]' -r -f -a "logfmt\t''
json\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l visitors -d 'Also show the names and phone numbers of visitors'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l web.enable-lifecycle -d 'Allow POST and PUT to /-/reload, which reload the configuration'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from call" -l rid -d 'Room id of the call' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from call" -l token -d 'Token of the visitor; other users of this machine may see the token in the list of processes' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from call" -l config.file -d 'Configuration file; ROCKETCHAT_URL, ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN can replace the file' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from call" -l workspace -d 'Workspace to query, if several are configured' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from call" -l limit -d 'Maximum number of rows' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from call" -l format -d 'Format of the output' -r -f -a "table\t'A table with columns'
json\t'One JSON object: durations in seconds, times as RFC 3339'"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from call" -l web.listen-address -d 'Address to listen on, e.g. `:10458`, `localhost:10458` or `[::1]:10458`; may be repeated [default: :10458]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from call" -l web.telemetry-path -d 'Path of the metrics [default: /metrics]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from call" -l web.external-address -d 'Address under which Prometheus reaches the exporter, for /sd, e.g. `exporter:10458` [default: the host of the request]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from call" -l web.config.file -d 'Web configuration file of the Prometheus exporters: TLS, passwords, headers and rate limit' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from call" -l log.level -d 'Only log messages with this severity or above [default: info]' -r -f -a "debug\t''
info\t''
warn\t''
error\t''
trace\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from call" -l log.format -d 'Format of log messages [default: logfmt]' -r -f -a "logfmt\t''
json\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from call" -l visitors -d 'Also show the names and phone numbers of visitors'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from call" -l web.enable-lifecycle -d 'Allow POST and PUT to /-/reload, which reload the configuration'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from call" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand backfill" -l config.file -d 'Configuration file; ROCKETCHAT_URL, ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN can replace the file' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand backfill" -l state.directory -d 'State directory of the running exporter; without --to, the history ends where its counting began' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand backfill" -l from -d 'Start of the history: a day (UTC) such as 2026-01-01, or a time such as 2026-01-01T08:00:00Z' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand backfill" -l to -d 'End of the history: a day, a time, or now; beside a running exporter, the time at which its counters were 0 [default: the start of counting in the state directory, or now]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand backfill" -l workspace -d 'Workspace to read, if several are configured' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand backfill" -l step -d 'Time between two samples, from 15s to 4m' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand backfill" -l requests-per-minute -d 'Requests per minute and route, at most half of the server\'s limit [default: two fifths of what the exporter may send, which is 2 where the limit is 10; without a limit, as many as max_requests_per_minute]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand backfill" -l output -d 'Directory for the files; the same directory continues an interrupted run' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand backfill" -l label -d 'Label of every series, such as job and instance of the running exporter; may be repeated' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand backfill" -l web.listen-address -d 'Address to listen on, e.g. `:10458`, `localhost:10458` or `[::1]:10458`; may be repeated [default: :10458]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand backfill" -l web.telemetry-path -d 'Path of the metrics [default: /metrics]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand backfill" -l web.external-address -d 'Address under which Prometheus reaches the exporter, for /sd, e.g. `exporter:10458` [default: the host of the request]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand backfill" -l web.config.file -d 'Web configuration file of the Prometheus exporters: TLS, passwords, headers and rate limit' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand backfill" -l log.level -d 'Only log messages with this severity or above [default: info]' -r -f -a "debug\t''
info\t''
warn\t''
error\t''
trace\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand backfill" -l log.format -d 'Format of log messages [default: logfmt]' -r -f -a "logfmt\t''
json\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand backfill" -l dry-run -d 'Estimate rows, requests, hours and disk space: ask each list for one row, at the same rate, and write nothing'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand backfill" -l web.enable-lifecycle -d 'Allow POST and PUT to /-/reload, which reload the configuration'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand backfill" -s h -l help -d 'Print help'
