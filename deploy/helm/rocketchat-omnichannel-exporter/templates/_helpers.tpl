{{- define "exporter.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{/* At most 52 letters: Kubernetes adds eleven to the name of a StatefulSet to make a label. */}}
{{- define "exporter.fullname" -}}
{{- $name := include "exporter.name" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "exporter.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride -}}
{{- end -}}

{{- define "exporter.selectorLabels" -}}
app.kubernetes.io/name: {{ include "exporter.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "exporter.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "exporter.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/component: exporter
app.kubernetes.io/part-of: {{ include "exporter.name" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Name, namespace, labels and annotations of an object for another program: {root, values, name} */}}
{{- define "exporter.metadata" -}}
name: {{ .name }}
namespace: {{ default (include "exporter.namespace" .root) .values.namespace }}
labels:
  {{- include "exporter.labels" .root | nindent 2 }}
  {{- with .values.labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .values.annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "exporter.serviceAccountName" -}}
{{- if (.Values.serviceAccount).create -}}
{{ default (include "exporter.fullname" .) .Values.serviceAccount.name }}
{{- else -}}
{{ default "default" (.Values.serviceAccount).name }}
{{- end -}}
{{- end -}}

{{- define "exporter.isStateful" -}}
{{- if or (.Values.persistence).enabled (.Values.sharding).enabled -}}true{{- end -}}
{{- end -}}

{{- define "exporter.replicas" -}}
{{- $isSharded := default false (.Values.sharding).enabled -}}
{{- $most := ternary (int (.Values.sharding).shards) 1 $isSharded -}}
{{- $replicas := $most -}}
{{- if not (kindIs "invalid" .Values.replicaCount) -}}{{- $replicas = int .Values.replicaCount -}}{{- end -}}
{{- if and (gt $replicas 1) (not $isSharded) -}}
{{- fail (printf "replicaCount is %d without sharding: two exporters would count every chat twice; set replicaCount to 1, or set sharding.enabled" $replicas) -}}
{{- else if gt $replicas $most -}}
{{- fail (printf "replicaCount is %d, but sharding.shards only %d: an exporter without a shard cannot start; remove replicaCount" $replicas $most) -}}
{{- else if and (gt $replicas 0) (lt $replicas $most) -}}
{{- fail (printf "replicaCount is %d, but sharding.shards %d: the workspaces of the missing shards would not be polled; remove replicaCount" $replicas $most) -}}
{{- end -}}
{{- $replicas -}}
{{- end -}}

{{- define "exporter.stateDirectory" -}}
{{- default "/var/lib/rocketchat-omnichannel-exporter" ((.Values.config).state).directory -}}
{{- end -}}

{{- define "exporter.telemetryPath" -}}
{{- default "/metrics" ((.Values.config).web).telemetry_path -}}
{{- end -}}

{{/* The configuration of the exporter: the values, and the keys that the pod decides. */}}
{{- define "exporter.config" -}}
{{- $config := default dict .Values.config | deepCopy -}}
{{- $workspaces := list -}}
{{- range $workspace := $config.workspaces -}}
{{- if not $workspace.auth_token_file -}}
{{- $workspace = set $workspace "auth_token_file" "/run/secrets/rocketchat/token" -}}
{{- end -}}
{{- $workspaces = append $workspaces $workspace -}}
{{- end -}}
{{- if $workspaces -}}
{{- $_ := set $config "workspaces" $workspaces -}}
{{- else -}}
{{- $_ := unset $config "workspaces" -}}
{{- if not (or .Values.extraEnv .Values.extraEnvFrom) -}}
{{- fail "config.workspaces is empty: add at least one workspace with url and user_id" -}}
{{- end -}}
{{- end -}}
{{- $web := dict "listen_address" (printf ":%d" (int .Values.containerPort)) -}}
{{- $_ := set $config "web" (mergeOverwrite $web (default dict $config.web)) -}}
{{- $volatile := (($config).state).volatile -}}
{{- if kindIs "invalid" $volatile -}}
{{- $volatile = not (.Values.persistence).enabled -}}
{{- end -}}
{{- $state := dict "directory" (include "exporter.stateDirectory" .) "volatile" $volatile -}}
{{- $_ := set $config "state" $state -}}
{{- toYaml $config -}}
{{- end -}}

{{/* The Secret of the tokens; empty if no workspace uses its files. */}}
{{- define "exporter.tokenSecret" -}}
{{- if and .Values.existingSecret .Values.tokens -}}
{{- fail "set existingSecret or tokens, not both" -}}
{{- else if .Values.existingSecret -}}
{{- .Values.existingSecret -}}
{{- else if .Values.tokens -}}
{{- include "exporter.fullname" . -}}
{{- else if contains "/run/secrets/rocketchat/" (include "exporter.config" .) -}}
{{- fail "no token: set existingSecret to the name of a Secret, or set tokens" -}}
{{- end -}}
{{- end -}}

{{/* The port for clients: a headless Service leads to the pods themselves and to their port. */}}
{{- define "exporter.reachedPort" -}}
{{- $isHeadless := and (eq .Values.service.type "ClusterIP") (eq (toString .Values.service.clusterIP) "None") -}}
{{- ternary .Values.containerPort .Values.service.port $isHeadless -}}
{{- end -}}

{{- define "exporter.probe" -}}
{{- if not (.root.Values.webConfig).existingSecret }}
httpGet: { path: /-/{{ .path }}, port: http }
{{- else if eq (default "exec" .root.Values.webConfig.probe) "tcp" }}
tcpSocket: { port: http }
{{- else }}
exec:
  command:
    - /bin/rocketchat-omnichannel-exporter
    - healthcheck
    - --config.file=/etc/rocketchat-omnichannel-exporter/config.yaml
    {{- if eq .path "ready" }}
    - --ready
    {{- end }}
{{- end }}
timeoutSeconds: 5
{{- end -}}
