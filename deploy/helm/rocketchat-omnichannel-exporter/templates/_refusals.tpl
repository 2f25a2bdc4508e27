{{/* Values that are valid in the schema but fail in the cluster, each with its remedy. */}}
{{- define "exporter.refusals" -}}
{{- include "exporter.refusals.config" (default dict .Values.config) -}}
{{- include "exporter.refusals.workspaces" (default dict .Values.config) -}}
{{- include "exporter.refusals.args" .Values.extraArgs -}}
{{- include "exporter.refusals.labels" (dict "commonLabels" .Values.commonLabels "podLabels" .Values.podLabels "service.labels" (.Values.service).labels) -}}
{{- include "exporter.refusals.monitors" .Values -}}
{{- include "exporter.refusals.image" .Values.image -}}
{{- include "exporter.refusals.rules" . -}}
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
{{- if and (.serviceMonitor).enabled (.podMonitor).enabled -}}
{{- fail "serviceMonitor.enabled and podMonitor.enabled would scrape the exporter twice: choose one" -}}
{{- end -}}
{{- range $name, $monitor := pick . "serviceMonitor" "podMonitor" -}}
{{- if and ($monitor).enabled ($.webConfig).existingSecret (not $monitor.scheme) -}}
{{- fail (printf "webConfig.existingSecret may contain TLS settings: set %s.scheme to https if its web-config.yml has tls_server_config, else to http" $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "exporter.refusals.image" -}}
{{- if regexMatch "@|:[^/]*$" .repository -}}
{{- fail (printf "image.repository is %s, with a tag or a digest: set image.tag or image.digest instead" .repository) -}}
{{- end -}}
{{- end -}}

{{- define "exporter.refusals.rules" -}}
{{- $values := default dict .Values.prometheusRule -}}
{{- $known := list -}}
{{- range (.Files.Get "files/rules/alerts.rules.yaml" | fromYaml).groups -}}
{{- range .rules -}}
{{- $known = append $known .alert -}}
{{- end -}}
{{- end -}}
{{- range $place := list "disabled" "customRules" -}}
{{- range $name, $_ := index $values $place -}}
{{- if not (has $name $known) -}}
{{- fail (printf "prometheusRule.%s has %s, which is no alert of this chart: remove it, or write one of %s" $place $name (join ", " $known)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- include "exporter.refusals.ruleLabels" (dict "place" "additionalRuleLabels" "labels" $values.additionalRuleLabels "own" (list "severity")) -}}
{{- range $name, $changes := $values.customRules -}}
{{- include "exporter.refusals.ruleLabels" (dict "place" (printf "customRules.%s.labels" $name) "labels" (default dict $changes).labels) -}}
{{- end -}}
{{- include "exporter.refusals.thresholds" (dict "thresholds" $values.thresholds "places" (.Files.Get "files/thresholds.yaml" | fromYaml)) -}}
{{- end -}}

{{/* Labels that an expression gives, or that another value sets: {place, labels, own}. */}}
{{- define "exporter.refusals.ruleLabels" -}}
{{- range $label := concat (list "alertname" "workspace" "department" "queue" "collector" "endpoint" "sla" "name" "label" "cluster" "namespace" "job" "instance" "shards" "affects" "basis") (default list .own) -}}
{{- if hasKey (default dict $.labels) $label -}}
{{- fail (printf "prometheusRule.%s has %s, which alerts set themselves: remove it, and choose another label%s" $.place $label (ternary ", or set customRules.NAME.severity" "" (eq $label "severity"))) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "exporter.refusals.thresholds" -}}
{{- range $name, $number := .thresholds -}}
{{- $place := get $.places $name -}}
{{- if not $place -}}
{{- fail (printf "prometheusRule.thresholds has %s, which no alert has: remove it, or write one of %s. Thresholds and objectives of the service level are in config.service_level" $name (keys $.places | sortAlpha | join ", ")) -}}
{{- end -}}
{{- if not (kindIs "invalid" $number) -}}
{{- if or (lt (float64 $number) (float64 $place.minimum)) (gt (float64 $number) (float64 $place.maximum)) -}}
{{- fail (printf "prometheusRule.thresholds.%s is %v: write a number from %v to %v (%s)" $name $number $place.minimum $place.maximum $place.meaning) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
