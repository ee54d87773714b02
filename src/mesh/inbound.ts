import type { TlsOptions as NodeTlsOptions } from 'node:tls'
import { guardedHandler, nodeHandler } from '../adapters/node/index.js'
import type { MeshConfig } from '../config/config.js'
import type { ClientCall } from '../core/call.js'
import type { Classifier } from '../core/classifier.js'
import type { Clock } from '../core/clock.js'
import { MeshError } from '../core/errors.js'
import type { Handler, Interceptor } from '../core/interceptor.js'
import type { Logger } from '../core/logger.js'
import { nodeTls } from '../core/node-tls.js'
import type { Observer } from '../core/observer.js'
import type { PeerIdentity } from '../core/peer.js'
import type { Random } from '../core/random.js'
import type { ServerCall } from '../core/server-call.js'
import type { ServerStage, StageEdit } from '../core/stages.js'
import { createGateway } from '../gateway/index.js'
import { type IdentityState, type MtlsMode, type ServerTls, serverTls } from '../identity/index.js'
import type { RedisClient } from '../rate-limit/redis-client.js'
import { application, type ServerChain, type ServerChains } from '../server/chain.js'
import { createMeshServer, type MeshServer, type NodeHandler, type ServerOptions } from '../server/mesh-server.js'
import { type ServerRing, serverRing } from '../server/policies.js'
import { PolicyFactory } from '../server/policy-factory.js'
import type { Health } from '../server/readiness.js'
import { checkServerOptions } from './check-options.js'
import { deferredServer } from './deferred-server.js'
import type { ExplainRequest, OutboundExplanation } from './explain.js'
import { explainInbound, type InboundExplanation } from './explain-inbound.js'
import type { Gate } from './gate.js'
import type { FastifyApp } from './mesh.js'
import { checkGatewayRedis } from './redis-check.js'

/** What the inbound side of a mesh is made with. */
export interface InboundDeps {
  readonly clock: Clock
  readonly observer: Observer
  readonly random: Random
  readonly classifier: Classifier
  readonly identity: IdentityState | undefined
  readonly logger: Logger
  readonly redis: RedisClient | undefined
  /** Name of this workload, for counters in a shared Redis. */
  readonly scope: string
  readonly telemetry: (role: 'workload' | 'gateway') => Interceptor<ServerCall>
  readonly edits: readonly StageEdit<ServerCall, ServerStage>[]
  readonly batchesReplies: boolean
  /** Requests wait for the first config: without one, nothing would be demanded of them. */
  readonly gate: Gate
  /** Whether requests should come to this process. */
  readonly health: () => Health
  /** Sends a call through the client rings. */
  readonly send: Handler<ClientCall>
}

/** Rings that are ready to serve. */
export interface PreparedInbound {
  /** They serve from now on; the state of those before them that nobody needs any more is dropped. */
  commit(): void
  /** They never will. */
  abandon(): void
}

interface Rings {
  readonly mtls: MtlsMode
  readonly tls: ServerTls | undefined
  readonly workload: ServerRing
  readonly gateway: ServerRing
  /** A workload whose application is the gateway. */
  readonly edge: ServerRing
  /** The gateway behind its ring. */
  readonly forward: Handler<ServerCall>
}

/** Everything between a socket and the application: the server rings of the current snapshot, and the servers. */
export class Inbound {
  readonly chains: ServerChains
  readonly #gateway: NodeHandler
  readonly #edge: ServerChain
  readonly #deps: InboundDeps
  readonly #policies: PolicyFactory
  readonly #servers = new Set<MeshServer>()
  #rings: Rings
  #config: MeshConfig = {}
  /** What is to serve next, from `prepare` on. */
  #preparing: MeshConfig | undefined = undefined
  #servesGateway = false

  constructor(deps: InboundDeps) {
    this.#deps = deps
    this.#policies = new PolicyFactory(deps)
    this.#rings = this.#compile({})
    const { logger, gate, batchesReplies, observer } = deps
    const onFault: ServerChain['onFault'] = (error, { requestId }) =>
      observer.emit('fault', { where: 'server', error, ...(requestId === '' ? {} : { requestId }) })
    const ours = { logger, owner: this, batchesReplies, onFault }
    const forwarder: ServerChain = {
      ...ours,
      handle: gate.before((call) => this.#rings.gateway.handle(call)),
      inner: gate.before((call) => this.#rings.forward(call)),
    }
    const serveGateway = (): void => this.#serveGateway()
    this.chains = {
      inbound: { ...ours, handle: gate.before((call) => this.#rings.workload.handle(call)) },
      get gateway() {
        serveGateway()
        return forwarder
      },
    }
    this.#edge = { ...ours, handle: gate.before((call) => this.#rings.edge.handle(call)) }
    this.#gateway = nodeHandler(forwarder)
  }

  /** The gateway as a Node handler. Throws `ConfigError` when the config that serves, or is about to, cannot serve it. */
  get gateway(): NodeHandler {
    this.#serveGateway()
    return this.#gateway
  }

  /** From now on a config has to be one that the gateway can serve by. */
  #serveGateway(): void {
    if (this.#servesGateway) return
    this.#checkGateway(this.#config)
    if (this.#preparing !== undefined) this.#checkGateway(this.#preparing)
    this.#servesGateway = true
  }

  #checkGateway(config: MeshConfig): void {
    checkGatewayRedis(config, this.#deps.redis !== undefined)
  }

  /** Stages around the application's own routes. */
  get stages(): readonly string[] {
    return this.#rings.workload.stages
  }

  /** Compiles a checked config. Until `commit` nothing has changed for anybody. */
  prepare(config: MeshConfig): PreparedInbound {
    const { inbound, gateway } = this.#config
    if (this.#servesGateway) this.#checkGateway(config)
    const same = config.inbound === inbound && config.gateway === gateway
    let rings: Rings
    try {
      rings = same ? this.#rings : this.#compile(config)
    } catch (error) {
      this.#policies.abandon()
      throw error
    }
    this.#preparing = config
    return {
      commit: () => {
        this.#preparing = undefined
        this.#config = config
        this.#rings = rings
        if (!same) this.#policies.settle()
      },
      abandon: () => {
        this.#preparing = undefined
        this.#policies.abandon()
      },
    }
  }

  #compile(config: MeshConfig): Rings {
    const { identity } = this.#deps
    const inbound = config.inbound ?? {}
    const mtls = inbound.mtls ?? (identity === undefined ? 'disable' : 'strict')
    const tls = identity === undefined || mtls === 'disable' ? undefined : serverTls(identity, mtls)
    const peerOf = (socket: unknown): PeerIdentity | undefined =>
      socket instanceof nodeTls.TLSSocket ? tls?.peerOf(socket) : undefined
    const deps = { ...this.#deps, mtls, peerOf, policies: this.#policies }
    const gateway = createGateway(config.gateway ?? {}, { policies: this.#policies, send: this.#deps.send })
    const workload = { ...deps, telemetry: this.#deps.telemetry('workload') }
    return {
      mtls,
      tls,
      workload: serverRing(inbound, workload, application),
      edge: serverRing(inbound, workload, function served(call) {
        call.served = true
        return gateway.handle(call)
      }),
      gateway: serverRing(inbound, { ...deps, telemetry: this.#deps.telemetry('gateway') }, gateway.handle),
      forward: gateway.handle,
    }
  }

  /** The gateway needs no shim of an application between the policies and itself. */
  #handler(app: NodeHandler | FastifyApp): NodeHandler {
    if (app === this.#gateway) return nodeHandler(this.#edge)
    return guardedHandler(this.chains.inbound, typeof app === 'function' ? app : (...args) => app.routing(...args))
  }

  /** A server around an application, with the policies of `inbound`. */
  server(app: NodeHandler | FastifyApp, options: ServerOptions = {}): MeshServer {
    checkServerOptions(options)
    const { readinessPath, keepAliveTimeout } = options
    const { health } = this.#deps
    const readiness = readinessPath === undefined ? undefined : { path: readinessPath, health }
    const handler = this.#handler(app)
    const ready = typeof app === 'function' ? undefined : () => app.ready()
    const make = (): MeshServer =>
      createMeshServer({ tls: this.#rings.tls, handler, ready, readiness, keepAliveTimeout })
    const { gate } = this.#deps
    const server = gate.isOpen ? make() : deferredServer(() => gate.ready(), make)
    this.#servers.add(server)
    return server
  }

  tlsOptions(): NodeTlsOptions {
    const { tls } = this.#rings
    if (tls === undefined)
      throw new MeshError('ERR_MESH_CONFIG', 'tlsOptions() needs an identity, and inbound.mtls other than "disable"')
    return tls.options()
  }

  /** What would happen to a request, under the config that serves now. */
  explain(request: ExplainRequest, explainCall: (call: ClientCall) => OutboundExplanation): InboundExplanation {
    return explainInbound(this.#config, this.#rings.mtls, request, explainCall)
  }

  ready(): Promise<void> {
    return this.#policies.ready()
  }

  /** Drains the servers. */
  async close(timeout: number): Promise<void> {
    await Promise.all([...this.#servers].map((server) => server.close({ timeout })))
    this.#policies.close()
  }
}
