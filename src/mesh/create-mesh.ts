import { createFetch } from '../adapters/fetch/index.js'
import { nodeHandler } from '../adapters/node/index.js'
import { createDispatcher } from '../adapters/undici/index.js'
import { checkConfig } from '../config/check.js'
import type { MeshConfig, ServiceSubsets } from '../config/config.js'
import { clientCall } from '../core/call.js'
import { httpClassifier } from '../core/classifier.js'
import { systemClock } from '../core/clock.js'
import { Observer } from '../core/observer.js'
import { systemRandom } from '../core/random.js'
import { IdentityState } from '../identity/index.js'
import { serverChains } from '../server/chain.js'
import { checkOptions } from './check-options.js'
import { describe } from './describe.js'
import { type ExplainRequest, explainOutbound, type OutboundExplanation } from './explain.js'
import type { InboundExplanation } from './explain-inbound.js'
import { checkIdentity } from './identity-check.js'
import { Inbound } from './inbound.js'
import { closeMesh } from './lifecycle.js'
import type { Mesh } from './mesh.js'
import { clientEdits, type MeshOptions, serverEdits, workloadOf } from './options.js'
import { Outbound } from './outbound.js'
import { createPassthrough } from './passthrough.js'
import { createRequest } from './request.js'
import { Services } from './snapshot.js'
import { createTelemetry } from './telemetry.js'

/**
 * Makes a mesh. Synchronous; throws `ConfigError` that lists every problem of an invalid config. Close it when done.
 *
 * @example
 * const mesh = createMesh({
 *   service: 'checkout',
 *   config: { services: { reviews: { endpoints: [{ url: 'http://10.0.0.11:9080' }], retry: { attempts: 2 } } } },
 * })
 * const response = await mesh.fetch('http://reviews/api')
 */
export function createMesh<const S extends ServiceSubsets>(options: MeshOptions<S>): Mesh<S> {
  checkOptions(options)
  const clock = options.clock ?? systemClock
  const random = options.random ?? systemRandom
  const observer = new Observer()
  const checked = checkConfig(options.config ?? {})
  checkIdentity(checked.config, options.identity !== undefined)

  const identity = options.identity === undefined ? undefined : new IdentityState(options.identity, { clock, observer })
  const workload = workloadOf(options.service)
  const telemetry = createTelemetry({ ...options, workload, clock, observer, identity })
  const classifier = httpClassifier
  const services = new Services(
    { clock, random, observer, classifier, identity, telemetry: telemetry.client, edits: clientEdits(options) },
    (service) => telemetry.forget(service),
  )
  let snapshot = services.compile(checked.config, 1)
  const passthrough = options.outbound === 'registry-only' ? undefined : createPassthrough({ clock, observer })
  const outbound = new Outbound({ snapshot: () => snapshot, passthrough: passthrough?.send })
  const inbound = new Inbound(
    {
      clock,
      observer,
      identity,
      logger: telemetry.logger,
      redis: options.redis,
      scope: `${workload.namespace}/${workload.name}`,
      telemetry: telemetry.server,
      edits: serverEdits(options),
      send: outbound.send,
    },
    checked.config,
  )
  telemetry.configured(1, checked.warnings)
  const fetch = createFetch(outbound.send)
  const dispatcher = createDispatcher(outbound.send)
  let closing: Promise<void> | undefined

  /** Everything that can fail comes before the first change. */
  function apply(config: MeshConfig | readonly MeshConfig[]): void {
    const next = checkConfig(config)
    checkIdentity(next.config, identity !== undefined)
    const generation = snapshot.generation + 1
    inbound.update(next.config)
    snapshot = services.compile(next.config, generation)
    telemetry.configured(generation, next.warnings)
  }

  function explain(request: ExplainRequest & { side: 'server' }): InboundExplanation
  function explain(request: ExplainRequest & { side?: 'client' | undefined }): OutboundExplanation
  function explain(request: ExplainRequest): InboundExplanation | OutboundExplanation {
    if (request.side === 'server') return inbound.explain(snapshot.config, request)
    const call = clientCall(request)
    return explainOutbound(outbound.find(call), call)
  }

  return {
    fetch,
    request: createRequest(outbound.send, clock),
    dispatcher,
    async update(config) {
      try {
        apply(config)
      } catch (error) {
        telemetry.rejected(snapshot.generation, error)
        throw error
      }
    },
    ready: () => inbound.ready(),
    explain,
    describe: () => describe(snapshot, inbound.stages),
    server: (app) => inbound.server(app),
    tlsOptions: () => inbound.tlsOptions(),
    gateway: () => nodeHandler(inbound.chains.gateway),
    get metrics() {
      return telemetry.registry
    },
    on: (event, listener) => observer.on(event, listener),
    close(close = {}) {
      closing ??= closeMesh(
        { outbound, services, passthrough, inbound, identity, telemetry, clock },
        close.timeout ?? 15_000,
      )
      return closing
    },
    [Symbol.asyncDispose]() {
      return this.close()
    },
    [serverChains]: inbound.chains,
  }
}
