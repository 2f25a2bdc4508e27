{{/* The groups of a rule file as prometheusRule changes them; a group without rules is left out: {root, file}. */}}
{{- define "exporter.ruleGroups" -}}
{{- $values := .root.Values.prometheusRule -}}
{{- $places := .root.Files.Get "files/thresholds.yaml" | fromYaml -}}
{{- $groups := list -}}
{{- range $group := (.root.Files.Get (printf "files/rules/%s.rules.yaml" .file) | fromYaml).groups -}}
{{- $rules := list -}}
{{- range $rule := $group.rules -}}
{{- if $rule.alert -}}
{{- include "exporter.changedAlert" (dict "alert" $rule "values" $values "places" $places) -}}
{{- end -}}
{{- if not (and $rule.alert (get (default dict $values.disabled) $rule.alert)) -}}
{{- $rules = append $rules $rule -}}
{{- end -}}
{{- end -}}
{{- if $rules -}}
{{- $groups = append $groups (set $group "rules" $rules) -}}
{{- end -}}
{{- end -}}
{{- with $groups -}}
{{- toYaml . -}}
{{- end -}}
{{- end -}}

{{/* Changes an alert in place and returns nothing: {alert, values, places}. */}}
{{- define "exporter.changedAlert" -}}
{{- include "exporter.changedThresholds" . -}}
{{- $alert := .alert -}}
{{- $labels := merge (dict) (default dict $alert.labels) (default dict .values.additionalRuleLabels) -}}
{{- with get (default dict .values.customRules) $alert.alert -}}
{{- with .severity -}}{{- $_ := set $labels "severity" . -}}{{- end -}}
{{- with .for -}}{{- $_ := set $alert "for" . -}}{{- end -}}
{{- with .keepFiringFor -}}{{- $_ := set $alert "keep_firing_for" . -}}{{- end -}}
{{- with .annotations -}}{{- $_ := set $alert "annotations" (mergeOverwrite (dict) $alert.annotations .) -}}{{- end -}}
{{- $labels = mergeOverwrite $labels (default dict .labels) -}}
{{- end -}}
{{- $_ := set $alert "labels" $labels -}}
{{- end -}}

{{/* Replaces numbers in the expression, in the summary and in the description. */}}
{{- define "exporter.changedThresholds" -}}
{{- $alert := .alert -}}
{{- range $name, $place := .places -}}
{{- $number := index (default dict $.values.thresholds) $name -}}
{{- if and (eq $place.alert $alert.alert) (not (kindIs "invalid" $number)) -}}
{{- $parts := splitList "NUMBER" $place.text -}}
{{- $found := printf "(%s)[0-9.]+(%s)" (first $parts | regexQuoteMeta) (last $parts | regexQuoteMeta) -}}
{{- $_ := set $alert "expr" (regexReplaceAll $found $alert.expr (printf "${1}%v${2}" $number)) -}}
{{- range $old, $new := $place.says -}}
{{- range $annotation := list "summary" "description" -}}
{{- $text := get $alert.annotations $annotation | replace $old (replace "NUMBER" (toString $number) $new) -}}
{{- $_ := set $alert.annotations $annotation $text -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
