{{/* A registry replaces the host of the repository, so that the name of a whole repository is enough without one. */}}
{{- define "exporter.image" -}}
{{- $repository := .Values.image.repository -}}
{{- with default .Values.image.registry (.Values.global).imageRegistry -}}
{{- $host := splitList "/" $repository | first -}}
{{- if regexMatch "[.:]|^localhost$" $host -}}
{{- $repository = trimPrefix (printf "%s/" $host) $repository -}}
{{- end -}}
{{- $repository = printf "%s/%s" (trimSuffix "/" .) $repository -}}
{{- end -}}
{{- if .Values.image.digest -}}
{{ $repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ $repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}
{{- end -}}

{{/* Image and pull policy of a container. */}}
{{- define "exporter.imageFields" -}}
image: {{ include "exporter.image" . }}
{{- with .Values.image.pullPolicy }}
imagePullPolicy: {{ . }}
{{- end }}
{{- end -}}

{{/* Secrets of the parent chart and of this chart, as names or as mappings with the name. */}}
{{- define "exporter.imagePullSecrets" -}}
{{- $secrets := list -}}
{{- range concat (default list (.Values.global).imagePullSecrets) (default list .Values.imagePullSecrets) -}}
{{- $secrets = append $secrets (kindIs "string" . | ternary (dict "name" .) .) -}}
{{- end -}}
{{- with uniq $secrets -}}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end -}}
{{- end -}}
