{{/* Not empty if OpenShift chooses user and groups of the pod. */}}
{{- define "exporter.isOpenShift" -}}
{{- $adapt := default "auto" (((.Values.global).compatibility).openshift).adaptSecurityContext -}}
{{- if or (eq $adapt "force") (and (eq $adapt "auto") (.Capabilities.APIVersions.Has "security.openshift.io/v1")) -}}true{{- end -}}
{{- end -}}

{{/* A security context; OpenShift admits only users and groups of the namespace's range, and sets them: {root, context}. */}}
{{- define "exporter.securityContext" -}}
{{- $context := default dict .context -}}
{{- if include "exporter.isOpenShift" .root -}}
{{- $context = omit $context "runAsUser" "runAsGroup" "fsGroup" -}}
{{- end -}}
{{- with $context -}}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end -}}
{{- end -}}
