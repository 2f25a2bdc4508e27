{{/* Values that fit the schema and would still go wrong in the cluster, each with its remedy. */}}
{{- define "exporter.refusals" -}}
{{- include "exporter.refusals.config" .Values.config -}}
{{- include "exporter.refusals.workspaces" .Values.config -}}
{{- include "exporter.refusals.args" .Values.extraArgs -}}
{{- include "exporter.refusals.labels" (dict "commonLabels" .Values.commonLabels "podLabels" .Values.podLabels "service.labels" .Values.service.labels) -}}
{{- include "exporter.refusals.monitors" .Values -}}
{{- end -}}

{{- define "exporter.refusals.config" -}}
{{- if or (hasKey . "shard") (hasKey . "shards") -}}
{{- fail "config.shard and config.shards are told to each exporter by sharding.enabled and sharding.shards: set those" -}}
{{- end -}}
{{- $web := default dict .web -}}
{{- if hasKey $web "listen_address" -}}
{{- fail "config.web.listen_address follows from containerPort, where the probes ask: set that" -}}
{{- else if hasKey $web "config_file" -}}
{{- fail "config.web.config_file is settled by webConfig.existingSecret, which the probes know of: put the file into that Secret" -}}
{{- end -}}
{{- end -}}

{{- define "exporter.refusals.workspaces" -}}
{{- range $index, $workspace := .workspaces -}}
{{- if $workspace.auth_token -}}
{{- fail (printf "config.workspaces[%d].auth_token could be read in the ConfigMap: put it into a Secret that existingSecret names, and set auth_token_file" $index) -}}
{{- else if regexMatch "://.*@" (default "" $workspace.proxy_url) -}}
{{- fail (printf "config.workspaces[%d].proxy_url holds a login that could be read in the ConfigMap, and the exporter reads none from a file: name a proxy that lets the pod in without one, such as one in extraContainers that logs in to yours" $index) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "exporter.refusals.args" -}}
{{- $remedies := dict "--shard" "sharding" "--web.listen-address" "containerPort" "--web.config.file" "webConfig.existingSecret" -}}
{{- range $index, $arg := . -}}
{{- range $flag, $value := $remedies -}}
{{- if hasPrefix $flag $arg -}}
{{- fail (printf "extraArgs[%d] is %s, which the rest of the chart would not know of: set %s instead" $index $flag $value) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "exporter.refusals.labels" -}}
{{- range $place, $labels := . -}}
{{- range $key := list "app.kubernetes.io/name" "app.kubernetes.io/instance" -}}
{{- if hasKey (default dict $labels) $key -}}
{{- fail (printf "%s has %s, by which pods and Services are found: leave it out, and set nameOverride or the name of the release" $place $key) -}}
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
{{- fail (printf "webConfig.existingSecret may ask for TLS: set %s.scheme to https if its web-config.yml has tls_server_config, else to http" $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
