# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_rocketchat_omnichannel_exporter_global_optspecs
    string join \n web.listen-address= web.telemetry-path= web.enable-lifecycle web.config.file= log.level= log.format= config.file= state.directory= shard= shards= config.check config.auto-reload-interval= h/help V/version
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
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_needs_command" -l web.telemetry-path -d 'Path under which metrics are served [default: /metrics]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_needs_command" -l web.config.file -d 'File of TLS, passwords, headers and rate limit, as every exporter of Prometheus takes it' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_needs_command" -l log.level -d 'Least severe messages to log [default: info]' -r -f -a "debug\t''
info\t''
warn\t''
error\t''
trace\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_needs_command" -l log.format -d 'Form of log messages [default: logfmt]' -r -f -a "logfmt\t''
json\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_needs_command" -l config.file -d 'Configuration file; without one, ROCKETCHAT_URL, ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN are enough' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_needs_command" -l state.directory -d 'Directory to keep state in, which only shards may share; without one, counts begin anew at each start' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_needs_command" -l shard -d 'Watch only the workspaces that fall to this one of several replicas, from 0; auto: the number at the end of the host name, as of a StatefulSet\'s pod' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_needs_command" -l shards -d 'Replicas that share the workspaces, each with a --shard of its own' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_needs_command" -l config.auto-reload-interval -d 'Time from one look at the configuration\'s files for changes to the next; 0s: never [default: 30s]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_needs_command" -l web.enable-lifecycle -d 'Let POST and PUT to /-/reload read the configuration again'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_needs_command" -l config.check -d 'Check the configuration and stop'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_needs_command" -s h -l help -d 'Print help'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_needs_command" -s V -l version -d 'Print version'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_needs_command" -f -a "serve" -d 'Watch the configured workspaces (what is done without a command)'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_needs_command" -f -a "demo" -d 'Watch a simulated workspace; needs no Rocket.Chat'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_needs_command" -f -a "check" -d 'Look at everything that watching needs, a line each: exit code 0 all well, 1 something failed, 78 configuration'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_needs_command" -f -a "healthcheck" -d 'Ask the exporter on this machine whether it is well, for containers without a shell: exit code 0 or 1'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_needs_command" -f -a "inspect" -d 'Ask Rocket.Chat by hand: who waits, who serves, what the chats and calls are'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand serve" -l config.file -d 'Configuration file; without one, ROCKETCHAT_URL, ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN are enough' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand serve" -l state.directory -d 'Directory to keep state in, which only shards may share; without one, counts begin anew at each start' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand serve" -l shard -d 'Watch only the workspaces that fall to this one of several replicas, from 0; auto: the number at the end of the host name, as of a StatefulSet\'s pod' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand serve" -l shards -d 'Replicas that share the workspaces, each with a --shard of its own' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand serve" -l config.auto-reload-interval -d 'Time from one look at the configuration\'s files for changes to the next; 0s: never [default: 30s]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand serve" -l web.listen-address -d 'Address to listen on, e.g. `:10458`, `localhost:10458` or `[::1]:10458`; may be repeated [default: :10458]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand serve" -l web.telemetry-path -d 'Path under which metrics are served [default: /metrics]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand serve" -l web.config.file -d 'File of TLS, passwords, headers and rate limit, as every exporter of Prometheus takes it' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand serve" -l log.level -d 'Least severe messages to log [default: info]' -r -f -a "debug\t''
info\t''
warn\t''
error\t''
trace\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand serve" -l log.format -d 'Form of log messages [default: logfmt]' -r -f -a "logfmt\t''
json\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand serve" -l config.check -d 'Check the configuration and stop'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand serve" -l web.enable-lifecycle -d 'Let POST and PUT to /-/reload read the configuration again'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand serve" -s h -l help -d 'Print help'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand demo" -l server-version -d 'Release of Rocket.Chat to imitate' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand demo" -l seed -d 'Seed of the simulation, for a day that can be repeated' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand demo" -l poll.interval -d 'Time from one cycle to the next, and of a history from one scrape to the next [default: 2s, 60s]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand demo" -l history -d 'Write this much of the past and stop, 1h to 31d: OpenMetrics for `promtool tsdb create-blocks-from openmetrics`' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand demo" -l output -d 'File for the history [default: standard output]' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand demo" -l web.listen-address -d 'Address to listen on, e.g. `:10458`, `localhost:10458` or `[::1]:10458`; may be repeated [default: :10458]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand demo" -l web.telemetry-path -d 'Path under which metrics are served [default: /metrics]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand demo" -l web.config.file -d 'File of TLS, passwords, headers and rate limit, as every exporter of Prometheus takes it' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand demo" -l log.level -d 'Least severe messages to log [default: info]' -r -f -a "debug\t''
info\t''
warn\t''
error\t''
trace\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand demo" -l log.format -d 'Form of log messages [default: logfmt]' -r -f -a "logfmt\t''
json\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand demo" -l web.enable-lifecycle -d 'Let POST and PUT to /-/reload read the configuration again'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand demo" -s h -l help -d 'Print help'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand check" -l config.file -d 'Configuration file; without one, ROCKETCHAT_URL, ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN are enough' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand check" -l state.directory -d 'Directory to keep state in, which only shards may share; without one, counts begin anew at each start' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand check" -l shard -d 'Watch only the workspaces that fall to this one of several replicas, from 0; auto: the number at the end of the host name, as of a StatefulSet\'s pod' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand check" -l shards -d 'Replicas that share the workspaces, each with a --shard of its own' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand check" -l web.listen-address -d 'Address to listen on, e.g. `:10458`, `localhost:10458` or `[::1]:10458`; may be repeated [default: :10458]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand check" -l web.telemetry-path -d 'Path under which metrics are served [default: /metrics]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand check" -l web.config.file -d 'File of TLS, passwords, headers and rate limit, as every exporter of Prometheus takes it' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand check" -l log.level -d 'Least severe messages to log [default: info]' -r -f -a "debug\t''
info\t''
warn\t''
error\t''
trace\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand check" -l log.format -d 'Form of log messages [default: logfmt]' -r -f -a "logfmt\t''
json\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand check" -l web.enable-lifecycle -d 'Let POST and PUT to /-/reload read the configuration again'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand check" -s h -l help -d 'Print help'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand healthcheck" -l config.file -d 'Configuration file, for the listen address alone' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand healthcheck" -l url -d 'Address to ask instead of the configured one, with its path if it has one [default: the first listen address]. May hold a name and a password' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand healthcheck" -l web.listen-address -d 'Address to listen on, e.g. `:10458`, `localhost:10458` or `[::1]:10458`; may be repeated [default: :10458]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand healthcheck" -l web.telemetry-path -d 'Path under which metrics are served [default: /metrics]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand healthcheck" -l web.config.file -d 'File of TLS, passwords, headers and rate limit, as every exporter of Prometheus takes it' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand healthcheck" -l log.level -d 'Least severe messages to log [default: info]' -r -f -a "debug\t''
info\t''
warn\t''
error\t''
trace\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand healthcheck" -l log.format -d 'Form of log messages [default: logfmt]' -r -f -a "logfmt\t''
json\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand healthcheck" -l ready -d 'Ask `/-/ready` instead of `/-/healthy`: whether the first cycle has ended'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand healthcheck" -l web.enable-lifecycle -d 'Let POST and PUT to /-/reload read the configuration again'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand healthcheck" -s h -l help -d 'Print help'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and not __fish_seen_subcommand_from waiting queue rooms calls call" -l config.file -d 'Configuration file; without one, ROCKETCHAT_URL, ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN are enough' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and not __fish_seen_subcommand_from waiting queue rooms calls call" -l workspace -d 'Workspace to ask, where several are configured' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and not __fish_seen_subcommand_from waiting queue rooms calls call" -l limit -d 'Most rows to show' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and not __fish_seen_subcommand_from waiting queue rooms calls call" -l format -d 'Form of the answer' -r -f -a "table\t'Columns for people'
json\t'One object for programs: durations in seconds, times as RFC 3339'"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and not __fish_seen_subcommand_from waiting queue rooms calls call" -l web.listen-address -d 'Address to listen on, e.g. `:10458`, `localhost:10458` or `[::1]:10458`; may be repeated [default: :10458]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and not __fish_seen_subcommand_from waiting queue rooms calls call" -l web.telemetry-path -d 'Path under which metrics are served [default: /metrics]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and not __fish_seen_subcommand_from waiting queue rooms calls call" -l web.config.file -d 'File of TLS, passwords, headers and rate limit, as every exporter of Prometheus takes it' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and not __fish_seen_subcommand_from waiting queue rooms calls call" -l log.level -d 'Least severe messages to log [default: info]' -r -f -a "debug\t''
info\t''
warn\t''
error\t''
trace\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and not __fish_seen_subcommand_from waiting queue rooms calls call" -l log.format -d 'Form of log messages [default: logfmt]' -r -f -a "logfmt\t''
json\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and not __fish_seen_subcommand_from waiting queue rooms calls call" -l visitors -d 'Show names and phone numbers of visitors too'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and not __fish_seen_subcommand_from waiting queue rooms calls call" -l web.enable-lifecycle -d 'Let POST and PUT to /-/reload read the configuration again'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and not __fish_seen_subcommand_from waiting queue rooms calls call" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and not __fish_seen_subcommand_from waiting queue rooms calls call" -f -a "waiting" -d 'The chats that wait, longest first, each with a link that opens it'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and not __fish_seen_subcommand_from waiting queue rooms calls call" -f -a "queue" -d 'Chats held by each agent in each department (`livechat/queue`)'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and not __fish_seen_subcommand_from waiting queue rooms calls call" -f -a "rooms" -d 'Chats, oldest first (`livechat/rooms`)'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and not __fish_seen_subcommand_from waiting queue rooms calls call" -f -a "calls" -d 'Calls, open ones oldest first, closed ones newest first (`voip/rooms`, on servers 4.5 to 7.x)'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and not __fish_seen_subcommand_from waiting queue rooms calls call" -f -a "call" -d 'One call by its room id and its visitor\'s token, both (`voip/room`)'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from waiting" -l department -d 'Only this department, by name or id; may be repeated' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from waiting" -l config.file -d 'Configuration file; without one, ROCKETCHAT_URL, ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN are enough' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from waiting" -l workspace -d 'Workspace to ask, where several are configured' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from waiting" -l limit -d 'Most rows to show' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from waiting" -l format -d 'Form of the answer' -r -f -a "table\t'Columns for people'
json\t'One object for programs: durations in seconds, times as RFC 3339'"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from waiting" -l web.listen-address -d 'Address to listen on, e.g. `:10458`, `localhost:10458` or `[::1]:10458`; may be repeated [default: :10458]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from waiting" -l web.telemetry-path -d 'Path under which metrics are served [default: /metrics]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from waiting" -l web.config.file -d 'File of TLS, passwords, headers and rate limit, as every exporter of Prometheus takes it' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from waiting" -l log.level -d 'Least severe messages to log [default: info]' -r -f -a "debug\t''
info\t''
warn\t''
error\t''
trace\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from waiting" -l log.format -d 'Form of log messages [default: logfmt]' -r -f -a "logfmt\t''
json\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from waiting" -l visitors -d 'Show names and phone numbers of visitors too'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from waiting" -l web.enable-lifecycle -d 'Let POST and PUT to /-/reload read the configuration again'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from waiting" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from queue" -l department -d 'Only this department, by name or id' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from queue" -l agent -d 'Only this agent, by id' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from queue" -l config.file -d 'Configuration file; without one, ROCKETCHAT_URL, ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN are enough' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from queue" -l workspace -d 'Workspace to ask, where several are configured' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from queue" -l limit -d 'Most rows to show' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from queue" -l format -d 'Form of the answer' -r -f -a "table\t'Columns for people'
json\t'One object for programs: durations in seconds, times as RFC 3339'"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from queue" -l web.listen-address -d 'Address to listen on, e.g. `:10458`, `localhost:10458` or `[::1]:10458`; may be repeated [default: :10458]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from queue" -l web.telemetry-path -d 'Path under which metrics are served [default: /metrics]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from queue" -l web.config.file -d 'File of TLS, passwords, headers and rate limit, as every exporter of Prometheus takes it' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from queue" -l log.level -d 'Least severe messages to log [default: info]' -r -f -a "debug\t''
info\t''
warn\t''
error\t''
trace\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from queue" -l log.format -d 'Form of log messages [default: logfmt]' -r -f -a "logfmt\t''
json\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from queue" -l available -d 'Leave out agents who are offline or do not accept chats'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from queue" -l visitors -d 'Show names and phone numbers of visitors too'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from queue" -l web.enable-lifecycle -d 'Let POST and PUT to /-/reload read the configuration again'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from queue" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l state -d 'Only chats in this state; without it, all that are open' -r -f -a "queued\t'Nobody serves it yet'
in_progress\t'An agent serves it'
on_hold\t'Its agent put it aside'
closed\t'It has ended'"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l department -d 'Only this department, by name or id; may be repeated' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l agent -d 'Only chats this agent serves, by id; may be repeated' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l tag -d 'Only chats with any of these tags; may be repeated' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l name -d 'Only chats whose name holds this' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l custom-field -d 'Only chats with this custom field; may be repeated' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l opened-after -d 'Opened at this time or later: RFC 3339, or how long ago, as `2h`' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l opened-before -d 'Opened at this time or earlier' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l closed-after -d 'Closed at this time or later; closed ones are of one hour where this is not given' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l closed-before -d 'Closed at this time or earlier' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l config.file -d 'Configuration file; without one, ROCKETCHAT_URL, ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN are enough' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l workspace -d 'Workspace to ask, where several are configured' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l limit -d 'Most rows to show' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l format -d 'Form of the answer' -r -f -a "table\t'Columns for people'
json\t'One object for programs: durations in seconds, times as RFC 3339'"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l web.listen-address -d 'Address to listen on, e.g. `:10458`, `localhost:10458` or `[::1]:10458`; may be repeated [default: :10458]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l web.telemetry-path -d 'Path under which metrics are served [default: /metrics]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l web.config.file -d 'File of TLS, passwords, headers and rate limit, as every exporter of Prometheus takes it' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l log.level -d 'Least severe messages to log [default: info]' -r -f -a "debug\t''
info\t''
warn\t''
error\t''
trace\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l log.format -d 'Form of log messages [default: logfmt]' -r -f -a "logfmt\t''
json\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l visitors -d 'Show names and phone numbers of visitors too'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -l web.enable-lifecycle -d 'Let POST and PUT to /-/reload read the configuration again'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from rooms" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l state -d 'Only calls that go on, or have ended; without it, those that go on' -r -f -a "open\t'It goes on, wrap-up included'
closed\t'It has ended'"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l agent -d 'Only this agent\'s, by id; may be repeated' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l tag -d 'Only calls with any of these tags; may be repeated' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l queue -d 'Only this queue of the PBX' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l visitor-id -d 'Only this visitor\'s, by id' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l direction -d 'Only calls of this direction' -r -f -a "inbound\t'The visitor'
outbound\t'The agent'"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l name -d 'Only calls whose room\'s name holds this' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l opened-after -d 'Opened at this time or later: RFC 3339, or how long ago, as `2h`' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l opened-before -d 'Opened at this time or earlier' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l closed-after -d 'Closed at this time or later; closed ones are of one hour where this is not given' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l closed-before -d 'Closed at this time or earlier' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l config.file -d 'Configuration file; without one, ROCKETCHAT_URL, ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN are enough' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l workspace -d 'Workspace to ask, where several are configured' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l limit -d 'Most rows to show' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l format -d 'Form of the answer' -r -f -a "table\t'Columns for people'
json\t'One object for programs: durations in seconds, times as RFC 3339'"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l web.listen-address -d 'Address to listen on, e.g. `:10458`, `localhost:10458` or `[::1]:10458`; may be repeated [default: :10458]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l web.telemetry-path -d 'Path under which metrics are served [default: /metrics]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l web.config.file -d 'File of TLS, passwords, headers and rate limit, as every exporter of Prometheus takes it' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l log.level -d 'Least severe messages to log [default: info]' -r -f -a "debug\t''
info\t''
warn\t''
error\t''
trace\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l log.format -d 'Form of log messages [default: logfmt]' -r -f -a "logfmt\t''
json\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l visitors -d 'Show names and phone numbers of visitors too'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -l web.enable-lifecycle -d 'Let POST and PUT to /-/reload read the configuration again'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from calls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from call" -l rid -d 'The call\'s room id' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from call" -l token -d 'The visitor\'s token; other users of this machine may see it among the processes' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from call" -l config.file -d 'Configuration file; without one, ROCKETCHAT_URL, ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN are enough' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from call" -l workspace -d 'Workspace to ask, where several are configured' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from call" -l limit -d 'Most rows to show' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from call" -l format -d 'Form of the answer' -r -f -a "table\t'Columns for people'
json\t'One object for programs: durations in seconds, times as RFC 3339'"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from call" -l web.listen-address -d 'Address to listen on, e.g. `:10458`, `localhost:10458` or `[::1]:10458`; may be repeated [default: :10458]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from call" -l web.telemetry-path -d 'Path under which metrics are served [default: /metrics]' -r
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from call" -l web.config.file -d 'File of TLS, passwords, headers and rate limit, as every exporter of Prometheus takes it' -r -F
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from call" -l log.level -d 'Least severe messages to log [default: info]' -r -f -a "debug\t''
info\t''
warn\t''
error\t''
trace\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from call" -l log.format -d 'Form of log messages [default: logfmt]' -r -f -a "logfmt\t''
json\t''"
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from call" -l visitors -d 'Show names and phone numbers of visitors too'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from call" -l web.enable-lifecycle -d 'Let POST and PUT to /-/reload read the configuration again'
complete -c rocketchat-omnichannel-exporter -n "__fish_rocketchat_omnichannel_exporter_using_subcommand inspect; and __fish_seen_subcommand_from call" -s h -l help -d 'Print help (see more with \'--help\')'
