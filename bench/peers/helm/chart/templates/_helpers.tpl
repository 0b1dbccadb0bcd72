{{- define "service.selector" -}}
app.kubernetes.io/name: web
app.kubernetes.io/instance: web
{{- end }}

{{- define "service.labels" -}}
{{ include "service.selector" . }}
app.kubernetes.io/component: service
app.kubernetes.io/part-of: {{ .Values.service.app }}
app.kubernetes.io/managed-by: plain
example.com/team: {{ .Values.service.team }}
example.com/environment: {{ .Values.environment.name }}
example.com/tier: {{ .Values.service.tier }}
{{- end }}

{{- define "service.metadata" -}}
name: web
namespace: {{ .Release.Namespace }}
labels:
  {{- include "service.labels" . | nindent 2 }}
{{- end }}

{{- define "service.probe" -}}
httpGet:
  path: {{ .health.path }}
  port: {{ .health.port }}
periodSeconds: {{ .period }}
timeoutSeconds: 2
failureThreshold: {{ .failures }}
{{- end }}
