{{- define "exporter.pod" -}}
{{- $secret := include "exporter.tokenSecret" . -}}
metadata:
  annotations:
    kubectl.kubernetes.io/default-container: exporter
    # Only the parts that the exporter does not reload itself.
    checksum/restart: {{ pick (include "exporter.config" . | fromYaml) "web" "state" "config" | toJson | printf "%s %s" (default "" ((.Values.config).log).format) | sha256sum }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  labels:
    {{- include "exporter.selectorLabels" . | nindent 4 }}
    app.kubernetes.io/component: exporter
    {{- with .Values.commonLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "exporter.serviceAccountName" . }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- with .Values.terminationGracePeriodSeconds }}
  terminationGracePeriodSeconds: {{ . }}
  {{- end }}
  {{- with include "exporter.securityContext" (dict "root" . "context" .Values.podSecurityContext) }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- with include "exporter.imagePullSecrets" . }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with .Values.runtimeClassName }}
  runtimeClassName: {{ . }}
  {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- tpl (toYaml .) $ | nindent 4 }}
  {{- end }}
  {{- with .Values.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- tpl (toYaml .) $ | nindent 4 }}
  {{- end }}
  {{- with .Values.hostAliases }}
  hostAliases:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.dnsPolicy }}
  dnsPolicy: {{ . }}
  {{- end }}
  {{- with .Values.dnsConfig }}
  dnsConfig:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.initContainers }}
  initContainers:
    {{- tpl (toYaml .) $ | nindent 4 }}
  {{- end }}
  containers:
    - name: exporter
      {{- include "exporter.imageFields" . | nindent 6 }}
      args:
        - --config.file=/etc/rocketchat-omnichannel-exporter/config.yaml
        {{- if (.Values.webConfig).existingSecret }}
        - --web.config.file=/etc/rocketchat-omnichannel-exporter-web/web-config.yml
        {{- end }}
        {{- if (.Values.sharding).enabled }}
        - --shard
        - auto
        - --shards
        - {{ int .Values.sharding.shards | quote }}
        {{- end }}
        {{- with .Values.extraArgs }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- with .Values.extraEnv }}
      env:
        {{- tpl (toYaml .) $ | nindent 8 }}
      {{- end }}
      {{- with .Values.extraEnvFrom }}
      envFrom:
        {{- tpl (toYaml .) $ | nindent 8 }}
      {{- end }}
      ports:
        - { name: http, containerPort: {{ .Values.containerPort }}, protocol: TCP }
      startupProbe:
        {{- if .Values.startupProbe }}
        {{- toYaml .Values.startupProbe | nindent 8 }}
        {{- else }}
        {{- include "exporter.probe" (dict "root" . "path" "healthy") | nindent 8 }}
        periodSeconds: 2
        failureThreshold: 30
        {{- end }}
      livenessProbe:
        {{- if .Values.livenessProbe }}
        {{- toYaml .Values.livenessProbe | nindent 8 }}
        {{- else }}
        {{- include "exporter.probe" (dict "root" . "path" "healthy") | nindent 8 }}
        periodSeconds: 10
        failureThreshold: 3
        {{- end }}
      readinessProbe:
        {{- if .Values.readinessProbe }}
        {{- toYaml .Values.readinessProbe | nindent 8 }}
        {{- else }}
        {{- include "exporter.probe" (dict "root" . "path" "ready") | nindent 8 }}
        periodSeconds: 5
        {{- end }}
      {{- with .Values.resources }}
      resources:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with include "exporter.securityContext" (dict "root" . "context" .Values.securityContext) }}
      {{- . | nindent 6 }}
      {{- end }}
      volumeMounts:
        - { name: state, mountPath: {{ include "exporter.stateDirectory" . | quote }} }
        - { name: config, mountPath: /etc/rocketchat-omnichannel-exporter, readOnly: true }
        {{- if $secret }}
        - { name: tokens, mountPath: /run/secrets/rocketchat, readOnly: true }
        {{- end }}
        {{- if (.Values.webConfig).existingSecret }}
        - { name: web-config, mountPath: /etc/rocketchat-omnichannel-exporter-web, readOnly: true }
        {{- end }}
        {{- with .Values.extraVolumeMounts }}
        {{- tpl (toYaml .) $ | nindent 8 }}
        {{- end }}
    {{- with .Values.extraContainers }}
    {{- tpl (toYaml .) $ | nindent 4 }}
    {{- end }}
  volumes:
    {{- if not (.Values.persistence).enabled }}
    - name: state
      emptyDir:
        {{- with .Values.emptyDirSizeLimit }}
        sizeLimit: {{ . }}
        {{- else }} {}
        {{- end }}
    {{- end }}
    - name: config
      configMap: { name: {{ include "exporter.fullname" . }} }
    {{- with $secret }}
    - name: tokens
      secret: { secretName: {{ . }}, defaultMode: 0440 }
    {{- end }}
    {{- with (.Values.webConfig).existingSecret }}
    - name: web-config
      secret: { secretName: {{ . }}, defaultMode: 0440 }
    {{- end }}
    {{- with .Values.extraVolumes }}
    {{- tpl (toYaml .) $ | nindent 4 }}
    {{- end }}
{{- end -}}
