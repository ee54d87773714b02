import type { TlsOptions as NodeTlsOptions } from 'node:tls'
import type { Dispatcher } from '../adapters/undici/index.js'
import type { AnySubsets, MeshConfig, ServiceSubsets } from '../config/config.js'
import type { MeshEvents } from '../core/events.js'
import type { Reply } from '../core/reply.js'
import type { HasServerChains } from '../server/chain.js'
import type { CloseOptions } from '../server/close-options.js'
import type { MeshServer, NodeHandler, ServerOptions } from '../server/mesh-server.js'
import type { Health } from '../server/readiness.js'
import type { MetricsRegistry } from '../telemetry/metrics/registry.js'
import type { MeshBreaker } from './breakers.js'
import type { MeshDescription } from './describe.js'
import type { ExplainRequest, OutboundExplanation } from './explain.js'
import type { InboundExplanation } from './explain-inbound.js'
import type { RequestInit } from './request.js'

/** A Fastify application, as far as a server needs it. */
export interface FastifyApp {
  /** Loads its plugins; the server begins to listen after that. */
  ready(): PromiseLike<unknown>
  /** Handles one request. */
  routing: NodeHandler
}

/** A service mesh and an API gateway inside this process. */
export interface Mesh<S extends ServiceSubsets = AnySubsets> extends HasServerChains, AsyncDisposable {
  /**
   * WHATWG fetch through the mesh: hosts that name a service go to it, others pass through. Drop-in for
   * `globalThis.fetch`. Rejects with `TypeError('fetch failed')` whose `cause` is the `MeshError`, or with the
   * caller's own abort reason.
   *
   * A mesh without services follows requests into the calls that are made for them from its first call on; those that
   * are under way by then are not followed. One with services follows all requests that begin after it has them.
   *
   * @example
   * const reviews = await (await mesh.fetch('http://reviews/api/reviews/7')).json()
   */
  readonly fetch: typeof globalThis.fetch
  /**
   * The same call without WHATWG objects: authority and path go out byte for byte. Rejects with the `MeshError`.
   *
   * @example
   * const reply = await mesh.request({ service: 'reviews', path: '/api/reviews/7', timeout: '500ms' })
   * const review = await reply.body.json()
   */
  request(init: RequestInit<Extract<keyof S, string>>): Promise<Reply>
  /** Puts what is given it behind the mesh: `undici.request(url, { dispatcher: mesh.dispatcher })`. */
  readonly dispatcher: Dispatcher
  /**
   * Puts the built-in `fetch` behind the mesh, and all else that uses undici's global dispatcher: SDKs that take no `fetch`
   * of yours. Returns what restores the dispatcher that was there; `close` does so, too. `mesh.fetch` costs less. Throws
   * `ERR_MESH_CLOSED` once the mesh is closed.
   *
   * @example
   * const restore = mesh.install()
   */
  install(): () => void
  /**
   * Validates a config, then swaps it whole; calls under way end on the old one, and what the new one does not concern -
   * connections, ejections, breakers - stays. Works in slices of a few milliseconds; several updates take effect in order.
   * Sources that `createMesh` was given are not followed any more. Rejects with `ConfigError` and keeps serving.
   */
  update(config: MeshConfig | readonly MeshConfig[]): Promise<void>
  /**
   * Resolves when everything that loads - the config, key sets, identities, endpoints that are discovered - has loaded.
   * Calls wait by themselves. Rejects with `ConfigError` when the first config of a source may not serve, and with
   * `ERR_MESH_NO_HEALTHY_ENDPOINT` when a discovery finds nothing.
   */
  ready(): Promise<void>
  /** Says what would happen to a request that comes in, and which line of which manifest says so. Sends nothing. */
  explain(request: ExplainRequest & { side: 'server' }): InboundExplanation
  /** The same for a call that this process would make, which is the default side. */
  explain(request: ExplainRequest & { side?: 'client' | undefined }): OutboundExplanation
  /** The chains: stages in order, per service. */
  describe(): MeshDescription
  /**
   * An http(s) server around a Node handler, Express or Fastify app: mutual TLS by `inbound.mtls`, rotation, the
   * policies of `inbound`, and a drain. Throws `ConfigError` for options that are unknown or cannot be.
   *
   * @example
   * const server = mesh.server(app)
   * const { port } = await server.listen({ port: 8443 })
   */
  server(app: NodeHandler | FastifyApp, options?: ServerOptions): MeshServer
  /**
   * Today's TLS settings of `server`, for users who make their own `https.Server`. It does not rotate by itself: hand every
   * such server new ones with every `identity` event, leave it Node's `headersTimeout`, and let the mesh see every request.
   * Until then it serves our old certificate, and callers of a root that is no longer ours are answered 401; a server that
   * takes none while another does keeps the old roots. For two minutes after a root was withdrawn, new callers whose
   * intermediates Node hides (24 and later) are answered 401, too. Throws `ERR_MESH_CONFIG` without an identity, or with `mtls: 'disable'`.
   *
   * @example
   * const server = https.createServer(mesh.tlsOptions(), app)
   * mesh.on('identity', () => server.setSecureContext(mesh.tlsOptions()))
   */
  tlsOptions(): NodeTlsOptions
  /**
   * The gateway as a Node handler: its routes, their plugins, and the services behind them. Throws `ConfigError` when a
   * limit of its routes is to be counted in Redis and there is no client; from then on such a config is refused.
   */
  gateway(): NodeHandler
  /** The registry to scrape: prom-client's own, or the one handed in. */
  readonly metrics: MetricsRegistry
  /** Subscribes to what happens; returns the unsubscriber. */
  on<K extends keyof MeshEvents>(event: K, listener: (event: MeshEvents[K]) => void): () => void
  /**
   * Whether requests should come to this process, for readiness probes: not before a config serves and everything has
   * loaded, not while our own certificate is expired, and not from the first moment of a drain.
   */
  health(): Health
  /**
   * The circuit breakers, to look at and to open or close by hand; those of endpoints are there from their first call on.
   *
   * @example
   * for (const breaker of mesh.breakers()) if (breaker.destination === 'reviews') breaker.open()
   */
  breakers(): readonly MeshBreaker[]
  /**
   * Takes no more calls, lets those under way end, closes everything. Forces the rest after `timeout`, default `'15s'`;
   * called again with less, after that. Rejects with a `ConfigError`, and closes nothing, for what is no duration.
   */
  close(options?: CloseOptions): Promise<void>
}
