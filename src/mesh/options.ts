import type { AnySubsets, ServiceSubsets } from '../config/config.js'
import type { ConfigInput } from '../config/source.js'
import type { ClientCall } from '../core/call.js'
import type { Clock } from '../core/clock.js'
import type { Logger } from '../core/logger.js'
import type { Random } from '../core/random.js'
import type { ServerCall } from '../core/server-call.js'
import { type ClientStage, type ServerStage, type StageEdit, serverStages } from '../core/stages.js'
import type { IdentitySource } from '../identity/credentials.js'
import type { RedisClient } from '../rate-limit/redis-client.js'
import type { MetricsRegistry } from '../telemetry/metrics/registry.js'

/** The workload that a mesh runs in. */
export interface Workload {
  /** Name of the service that this process is an instance of. */
  name: string
  /** Default `default`. */
  namespace?: string | undefined
  /** As Kubernetes writes them; `app` and `version` go into metrics. Default none. */
  labels?: Readonly<Record<string, string>> | undefined
  /** `region`, `region/zone` or `region/zone/subzone`, for services that prefer what is near. Default unknown. */
  locality?: string | undefined
}

/** The workload in full. */
export interface WholeWorkload {
  readonly name: string
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
  readonly locality: string | undefined
}

/** What `createMesh` takes. */
export interface MeshOptions<S extends ServiceSubsets = AnySubsets> {
  /** Who we are: a name, or name, namespace and labels. */
  service: string | Workload
  /** What we prove ourselves with. Needed for mutual TLS. */
  identity?: IdentitySource | undefined
  /**
   * One config or several, plain or from sources such as `watchManifests`; merged per service and field, the later wins,
   * routes whole. Sources are loaded at once and followed. Default: empty.
   */
  config?: ConfigInput<S> | undefined
  /**
   * What happens to calls whose host no service names: `allow-any` lets them pass untouched, `registry-only` refuses
   * them with `ERR_MESH_NO_ROUTE` (Istio `outboundTrafficPolicy`). Default `allow-any`.
   */
  outbound?: 'allow-any' | 'registry-only' | undefined
  /** Own interceptors, placed by the name of a stage. */
  interceptors?: readonly (StageEdit<ClientCall, ClientStage> | StageEdit<ServerCall, ServerStage>)[] | undefined
  /**
   * Writes the replies that get ready in one turn of the event loop together, at its end, for up to half a millisecond of
   * them: a client on the same machine is woken once for all. Replies after which other code keeps the thread go out at
   * once. Default true.
   */
  batchReplies?: boolean | undefined
  /** A prom-client registry, or one of equal shape. Default: a new one of the mesh's own. */
  metrics?: MetricsRegistry | undefined
  /** pino-style: gets the access log, and what happens to the mesh in lines of a bounded rate. Default: silent. */
  logger?: Logger | undefined
  /** ioredis or node-redis client for rate limits with `store: 'redis'`, which need one. Default: none. */
  redis?: RedisClient | undefined
  /** For tests. */
  clock?: Clock | undefined
  /** For tests. */
  random?: Random | undefined
}

/** Fills in the defaults. */
export function workloadOf(service: string | Workload): WholeWorkload {
  const given = typeof service === 'string' ? { name: service } : service
  return {
    name: given.name,
    namespace: given.namespace ?? 'default',
    labels: given.labels ?? {},
    locality: given.locality,
  }
}

type ClientEdit = StageEdit<ClientCall, ClientStage>
type ServerEdit = StageEdit<ServerCall, ServerStage>

function isServerEdit(edit: ClientEdit | ServerEdit): edit is ServerEdit {
  return serverStages.some((stage) => stage === edit.stage)
}

/** The edits of the client rings. */
export function clientEdits({ interceptors }: Pick<MeshOptions, 'interceptors'>): readonly ClientEdit[] {
  return (interceptors ?? []).filter((edit): edit is ClientEdit => !isServerEdit(edit))
}

/** The edits of the server ring. */
export function serverEdits({ interceptors }: Pick<MeshOptions, 'interceptors'>): readonly ServerEdit[] {
  return (interceptors ?? []).filter(isServerEdit)
}
