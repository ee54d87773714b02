import { createFetch } from '../adapters/fetch/index.js'
import { createDispatcher, Installer } from '../adapters/undici/index.js'
import type { ServiceSubsets } from '../config/config.js'
import { configList } from '../config/source.js'
import { type ClientCall, clientCall } from '../core/call.js'
import { httpClassifier } from '../core/classifier.js'
import { systemClock } from '../core/clock.js'
import { InFlight } from '../core/in-flight.js'
import { Observer } from '../core/observer.js'
import { systemRandom } from '../core/random.js'
import { keepTicksFast } from '../core/tick.js'
import { IdentityState } from '../identity/index.js'
import { serverChains } from '../server/chain.js'
import { breakersOf } from './breakers.js'
import { checkOptions } from './check-options.js'
import { Configuration, hasSources } from './configuration.js'
import { describe } from './describe.js'
import { type ExplainRequest, explainOutbound, type OutboundExplanation } from './explain.js'
import type { InboundExplanation } from './explain-inbound.js'
import { Gate } from './gate.js'
import { MeshHealth } from './health.js'
import { Inbound } from './inbound.js'
import { meshCloser } from './lifecycle.js'
import type { Mesh } from './mesh.js'
import { clientEdits, type MeshOptions, serverEdits, workloadOf } from './options.js'
import { Outbound } from './outbound.js'
import { createPassthrough } from './passthrough.js'
import { createRequest } from './request.js'
import { Services } from './services.js'
import { createTelemetry } from './telemetry.js'

/**
 * Makes a mesh. Synchronous; throws `ConfigError` that lists every problem of an invalid config. A config that has to be
 * loaded is started at once: `ready` tells how that went, and calls wait for it. Close the mesh when done.
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
  keepTicksFast()
  const clock = options.clock ?? systemClock
  const random = options.random ?? systemRandom
  const observer = new Observer()
  const given = options.config ?? {}

  const identity = options.identity === undefined ? undefined : new IdentityState(options.identity, { clock, observer })
  const workload = workloadOf(options.service)
  const telemetry = createTelemetry({ ...options, workload, clock, observer, identity })
  const inFlight = new InFlight()
  const services = new Services(
    {
      workload,
      clock,
      random,
      observer,
      classifier: httpClassifier,
      identity,
      telemetry: telemetry.client,
      edits: clientEdits(options),
      underWay: inFlight,
    },
    telemetry,
  )
  const gate = new Gate(!hasSources(given))
  const passthrough = options.outbound === 'registry-only' ? undefined : createPassthrough({ clock, observer })
  const outbound: Outbound = new Outbound({
    snapshot: () => configuration.snapshot,
    passthrough: passthrough?.send,
    gate,
    clock,
    inFlight,
  })
  const ready = async (): Promise<void> => {
    await gate.ready()
    await Promise.all([inbound.ready(), services.ready()])
  }
  const expired = (): boolean => identity?.expired === true
  const health = new MeshHealth({ configured: () => gate.isOpen, expired, ready })
  const inbound: Inbound = new Inbound({
    health: health.now,
    clock,
    observer,
    random,
    classifier: httpClassifier,
    identity,
    logger: telemetry.logger,
    redis: options.redis,
    scope: `${workload.namespace}/${workload.name}`,
    telemetry: telemetry.server,
    edits: serverEdits(options),
    batchesReplies: options.batchReplies ?? true,
    gate,
    send: outbound.send,
  })
  const configuration: Configuration = new Configuration({
    services,
    inbound,
    telemetry,
    gate,
    hasIdentity: identity !== undefined,
    hasRedis: options.redis !== undefined,
  })
  try {
    configuration.begin(given)
  } catch (error) {
    identity?.close()
    telemetry.close()
    throw error
  }
  const fetch = createFetch(outbound.send)
  const dispatcher = createDispatcher(outbound.send)
  const installer = new Installer(dispatcher)
  const close = meshCloser({
    configuration,
    outbound,
    installer,
    services,
    passthrough,
    inbound,
    identity,
    telemetry,
    health,
    clock,
  })

  const explainCall = (call: ClientCall): OutboundExplanation => {
    const { config } = configuration.snapshot
    return explainOutbound(outbound.find(call), call, {
      services: config.services ?? {},
      passes: passthrough !== undefined,
      complete: true,
    })
  }

  function explain(request: ExplainRequest & { side: 'server' }): InboundExplanation
  function explain(request: ExplainRequest & { side?: 'client' | undefined }): OutboundExplanation
  function explain(request: ExplainRequest): InboundExplanation | OutboundExplanation {
    return request.side === 'server' ? inbound.explain(request, explainCall) : explainCall(clientCall(request))
  }

  return {
    fetch,
    request: createRequest(outbound.send, clock),
    dispatcher,
    install: () => installer.install(),
    update: (config) => configuration.update(configList(config)),
    ready,
    health: health.now,
    breakers: () => breakersOf(services),
    explain,
    describe: () => describe(configuration.snapshot, inbound.stages),
    server: (app, server) => inbound.server(app, server),
    tlsOptions: () => inbound.tlsOptions(),
    gateway: () => inbound.gateway,
    get metrics() {
      return telemetry.registry
    },
    on: (event, listener) => observer.on(event, listener),
    close,
    [Symbol.asyncDispose]: () => close(),
    [serverChains]: inbound.chains,
  }
}
