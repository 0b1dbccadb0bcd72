// The seven objects of a service.
local selector = {
  'app.kubernetes.io/name': 'web',
  'app.kubernetes.io/instance': 'web',
};

local labels(service, environment) = selector {
  'app.kubernetes.io/component': 'service',
  'app.kubernetes.io/part-of': service.app,
  'app.kubernetes.io/managed-by': 'plain',
  'example.com/team': service.team,
  'example.com/environment': environment.name,
  'example.com/tier': service.tier,
};

local variable(service, environment, each) =
  if std.objectHas(each, 'value') then each
  else if each.from == 'region' then { name: each.name, value: environment.region }
  else { name: each.name, valueFrom: { secretKeyRef: { name: service.app + '-db-v1', key: 'url' } } };

local probe(health, period, failures) = {
  httpGet: { path: health.path, port: health.port },
  periodSeconds: period,
  timeoutSeconds: 2,
  failureThreshold: failures,
};

local spread(key) = {
  maxSkew: 1,
  topologyKey: key,
  whenUnsatisfiable: 'ScheduleAnyway',
  labelSelector: { matchLabels: selector },
};

local container(service, environment) = {
  name: 'web',
  image: service.image,
  imagePullPolicy: 'Always',
  env: [variable(service, environment, each) for each in service.env],
  ports: [{ name: port.name, containerPort: port.port, protocol: 'TCP' } for port in service.ports],
  resources: {
    requests: { cpu: service.cpu.request, memory: service.memory.request, 'ephemeral-storage': '64Mi' },
    limits: { cpu: service.cpu.limit, memory: service.memory.limit, 'ephemeral-storage': '1Gi' },
  },
  startupProbe: probe(service.health, 5, 30),
  readinessProbe: probe(service.health, 10, 3),
  livenessProbe: probe(service.health, 10, 6),
  securityContext: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    runAsNonRoot: true,
    capabilities: { drop: ['ALL'] },
  },
  volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
};

local pod(service, environment) = {
  serviceAccountName: 'web',
  automountServiceAccountToken: false,
  enableServiceLinks: false,
  securityContext: {
    runAsNonRoot: true,
    runAsUser: 10001,
    runAsGroup: 10001,
    fsGroup: 10001,
    seccompProfile: { type: 'RuntimeDefault' },
  },
  terminationGracePeriodSeconds: 30,
  containers: [container(service, environment)],
  volumes: [{ name: 'tmp', emptyDir: { sizeLimit: '1Gi' } }],
  topologySpreadConstraints: [spread(key) for key in ['topology.kubernetes.io/zone', 'kubernetes.io/hostname']],
};

function(service, environment)
  local metadata = { name: 'web', namespace: service.app, labels: labels(service, environment) };
  local object(version, kind) = { apiVersion: version, kind: kind, metadata: metadata };
  [
    object('v1', 'Namespace') { metadata: { name: service.app, labels: labels(service, environment) } },
    object('v1', 'ServiceAccount'),
    object('apps/v1', 'Deployment') {
      spec: {
        selector: { matchLabels: selector },
        revisionHistoryLimit: 3,
        template: { metadata: { labels: labels(service, environment) }, spec: pod(service, environment) },
      },
    },
    object('v1', 'Service') {
      spec: {
        selector: selector,
        ports: [
          { name: port.name, port: port.port, targetPort: port.name, protocol: 'TCP' }
          for port in service.ports
        ],
      },
    },
    object('autoscaling/v2', 'HorizontalPodAutoscaler') {
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        minReplicas: service.replicas.min,
        maxReplicas: service.replicas.max,
        metrics: [{
          type: 'Resource',
          resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } },
        }],
      },
    },
    object('policy/v1', 'PodDisruptionBudget') {
      spec: { maxUnavailable: 1, selector: { matchLabels: selector } },
    },
    object('networking.k8s.io/v1', 'NetworkPolicy') {
      spec: {
        podSelector: { matchLabels: selector },
        policyTypes: ['Ingress', 'Egress'],
        ingress: [],
        egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ protocol: 'TCP', port: 5432 }] }],
      },
    },
  ]
