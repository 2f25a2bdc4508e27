{{/* The common part of ServiceMonitor and PodMonitor: {root, values, relabelings} */}}
{{- define "exporter.endpoint" -}}
- port: http
  path: {{ include "exporter.telemetryPath" .root }}
  scheme: {{ default "http" .values.scheme }}
  {{- with .values.interval }}
  interval: {{ . }}
  {{- end }}
  {{- with .values.scrapeTimeout }}
  scrapeTimeout: {{ . }}
  {{- end }}
  honorLabels: {{ default false .values.honorLabels }}
  {{- with .values.tlsConfig }}
  tlsConfig:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .values.basicAuth }}
  basicAuth:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  relabelings:
    {{- if .values.relabelings }}
    {{- toYaml .values.relabelings | nindent 4 }}
    {{- else }}
    # Some alerts find the exporter by its job, so the job does not depend on the names of the objects.
    - targetLabel: job
      replacement: rocketchat-omnichannel-exporter
    # These labels stay the same if the pod is replaced, so counters continue in the same series.
    - targetLabel: instance
      replacement: {{ include "exporter.fullname" .root }}
    - sourceLabels: [__meta_kubernetes_pod_controller_kind, __meta_kubernetes_pod_name]
      regex: StatefulSet;(.+)
      targetLabel: instance
    # Metrics of the exporter have a label endpoint, which a label endpoint of the target would rename to exported_endpoint.
    - action: labeldrop
      regex: pod|endpoint
    {{- end }}
  {{- with .values.metricRelabelings }}
  metricRelabelings:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* The label is the job, unless the user's relabelings set another job. */}}
{{- define "exporter.monitorSpec" -}}
jobLabel: app.kubernetes.io/name
namespaceSelector:
  matchNames: [{{ include "exporter.namespace" .root }}]
selector:
  matchLabels:
    {{- include "exporter.selectorLabels" .root | nindent 4 }}
{{- if not (kindIs "invalid" .values.sampleLimit) }}
sampleLimit: {{ int .values.sampleLimit }}
{{- end }}
{{- end -}}
