import type { Labels } from './family.js'

/** Whose metrics these are. */
export interface Workload {
  readonly name: string
  readonly namespace?: string | undefined
  /** Kubernetes labels; `app`, `version` and the canonical ones are read. */
  readonly labels?: Labels | undefined
  /** Our own `spiffe://` identity, once there is one. */
  readonly principal?: string | undefined
}

/** Istio's word for what is not known. */
const unknown = 'unknown'

/** Labels of Istio's HTTP metrics, in the order in which Istio emits them. */
export const istioHttpLabels: readonly string[] = [
  'reporter',
  'source_workload',
  'source_canonical_service',
  'source_canonical_revision',
  'source_workload_namespace',
  'source_principal',
  'source_app',
  'source_version',
  'source_cluster',
  'destination_workload',
  'destination_workload_namespace',
  'destination_principal',
  'destination_app',
  'destination_version',
  'destination_service',
  'destination_canonical_service',
  'destination_canonical_revision',
  'destination_service_name',
  'destination_service_namespace',
  'destination_cluster',
  'request_protocol',
  'response_code',
  'grpc_response_status',
  'response_flags',
  'connection_security_policy',
]

/**
 * Labels of Istio's durations, of which prom-client hashes every one at every call: those that Istio's dashboards group
 * by, at a third of the cost of all.
 */
export const istioDurationLabels: readonly string[] = [
  'reporter',
  'source_workload',
  'source_workload_namespace',
  'destination_service',
  'destination_service_namespace',
  'destination_version',
  'response_code',
  'connection_security_policy',
]

/** Labels of Istio's TCP metrics, with the `source_service` that older guides query. */
export const istioTcpLabels: readonly string[] = [
  'source_service',
  ...istioHttpLabels.filter((name) => name !== 'response_code' && name !== 'grpc_response_status'),
]

/** Every label of Istio's, unknown. */
export const allUnknown: Labels = Object.fromEntries(istioHttpLabels.map((name) => [name, unknown]))

function canonicalName({ name, labels = {} }: Workload): string {
  return labels['service.istio.io/canonical-name'] ?? labels['app.kubernetes.io/name'] ?? labels.app ?? name
}

function canonicalRevision({ labels = {} }: Workload): string {
  return (
    labels['service.istio.io/canonical-revision'] ?? labels['app.kubernetes.io/version'] ?? labels.version ?? 'latest'
  )
}

/** What Istio says of one side of a call. */
export function sideLabels(side: 'source' | 'destination', workload: Workload): Labels {
  return {
    [`${side}_workload`]: workload.name,
    [`${side}_canonical_service`]: canonicalName(workload),
    [`${side}_canonical_revision`]: canonicalRevision(workload),
    [`${side}_workload_namespace`]: workload.namespace ?? unknown,
    [`${side}_principal`]: workload.principal ?? unknown,
    [`${side}_app`]: workload.labels?.app ?? unknown,
    [`${side}_version`]: workload.labels?.version ?? unknown,
  }
}

/** What Istio says of a service: `reviews`, or `reviews.shop.svc.cluster.local` taken apart. */
export function serviceLabels(service: string, namespace: string | undefined): Labels {
  const [name = service, second, third] = service.split('.')
  const qualified = third === 'svc'
  return {
    destination_service: service,
    destination_service_name: qualified ? name : service,
    destination_service_namespace: (qualified ? second : namespace) ?? unknown,
  }
}
