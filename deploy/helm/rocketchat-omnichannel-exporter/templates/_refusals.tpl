{{/* Values that are valid in the schema but fail in the cluster, each with its remedy. */}}
{{- define "exporter.refusals" -}}
{{- include "exporter.refusals.config" .Values.config -}}
{{- include "exporter.refusals.workspaces" .Values.config -}}
{{- include "exporter.refusals.args" .Values.extraArgs -}}
{{- include "exporter.refusals.labels" (dict "commonLabels" .Values.commonLabels "podLabels" .Values.podLabels "service.labels" .Values.service.labels) -}}
{{- include "exporter.refusals.monitors" .Values -}}
{{- end -}}

{{- define "exporter.refusals.config" -}}
{{- if or (hasKey . "shard") (hasKey . "shards") -}}
{{- fail "config.shard and config.shards are set by the chart: set sharding.enabled and sharding.shards instead" -}}
{{- end -}}
{{- $web := default dict .web -}}
{{- if hasKey $web "listen_address" -}}
{{- fail "config.web.listen_address is set by the chart, because the probes need its port: set containerPort instead" -}}
{{- else if hasKey $web "config_file" -}}
{{- fail "config.web.config_file is set by the chart, because the probes depend on it: put the file into a Secret and set webConfig.existingSecret" -}}
{{- end -}}
{{- end -}}

{{- define "exporter.refusals.workspaces" -}}
{{- range $index, $workspace := .workspaces -}}
{{- if $workspace.auth_token -}}
{{- fail (printf "config.workspaces[%d].auth_token would be readable in the ConfigMap: put the token into the Secret of existingSecret, and set auth_token_file" $index) -}}
{{- else if $workspace.webhook_token -}}
{{- fail (printf "config.workspaces[%d].webhook_token would be readable in the ConfigMap: put the token into the Secret of existingSecret, and set webhook_token_file" $index) -}}
{{- else if regexMatch "://.*@" (default "" $workspace.proxy_url) -}}
{{- fail (printf "config.workspaces[%d].proxy_url contains a login that would be readable in the ConfigMap, and the exporter cannot read a login from a file: use a proxy without a login, such as a proxy in extraContainers that logs in to your proxy" $index) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "exporter.refusals.args" -}}
{{- $remedies := dict "--shard" "sharding" "--web.listen-address" "containerPort" "--web.config.file" "webConfig.existingSecret" -}}
{{- range $index, $arg := . -}}
{{- range $flag, $value := $remedies -}}
{{- if hasPrefix $flag $arg -}}
{{- fail (printf "extraArgs[%d] is %s, and other parts of the chart depend on this flag: set %s instead" $index $flag $value) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "exporter.refusals.labels" -}}
{{- range $place, $labels := . -}}
{{- range $key := list "app.kubernetes.io/name" "app.kubernetes.io/instance" -}}
{{- if hasKey (default dict $labels) $key -}}
{{- fail (printf "%s has %s, which selects pods and Services: remove this label, and set nameOverride or the name of the release" $place $key) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "exporter.refusals.monitors" -}}
{{- if and .serviceMonitor.enabled .podMonitor.enabled -}}
{{- fail "serviceMonitor.enabled and podMonitor.enabled would scrape the exporter twice: choose one" -}}
{{- end -}}
{{- range $name, $monitor := pick . "serviceMonitor" "podMonitor" -}}
{{- if and $monitor.enabled $.webConfig.existingSecret (not $monitor.scheme) -}}
{{- fail (printf "webConfig.existingSecret may contain TLS settings: set %s.scheme to https if its web-config.yml has tls_server_config, else to http" $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
