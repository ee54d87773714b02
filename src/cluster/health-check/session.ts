import { noBody } from '../../core/body.js'
import { ClientCall } from '../../core/call.js'
import type { Clock, Timer } from '../../core/clock.js'
import { maxTimerMs } from '../../core/duration.js'
import { isMeshError, MeshError } from '../../core/errors.js'
import { HeaderMap } from '../../core/headers.js'
import type { Handler } from '../../core/interceptor.js'
import type { Random } from '../../core/random.js'
import type { Reply } from '../../core/reply.js'
import { isStale } from '../../core/stale.js'
import type { Endpoint } from '../endpoint.js'
import type { HealthCheckSettings } from './options.js'

/** What the checks of one endpoint are made of. */
export interface SessionOptions {
  readonly service: string
  readonly settings: HealthCheckSettings
  readonly clock: Clock
  readonly random: Random
  /** Sends to the endpoint of the call, past all rings. */
  readonly send: Handler<ClientCall>
  /** Told after every check that decides: whether the endpoint is well, and why. */
  readonly onDecided: (endpoint: Endpoint, healthy: boolean, reason: string) => void
  /** Told after a check that failed by us, and so says nothing of the endpoint. */
  readonly onUnknown: (endpoint: Endpoint) => void
}

/** A reply with this header says that its endpoint is not to be called any more (Envoy). */
export const immediateFailure = 'x-envoy-immediate-health-check-fail'

/** Checks may come together by chance, not by their making: up to this part of the interval is added. */
const jitter = 0.1

/**
 * Our own certificate has ended, descriptors have run out. Not a request that can never be sent, which nobody would hear of;
 * nor a kept connection that ends as it is used: where calls keep new ones, a check that is always broken off meets no other.
 */
function isOurs(error: unknown): boolean {
  return isMeshError(error) && error.origin === 'local' && error.code !== 'ERR_MESH_BAD_REQUEST' && !isStale(error)
}

/** The checks of one endpoint, one after the other, with Envoy's thresholds. */
export class HealthSession {
  readonly #endpoint: Endpoint
  readonly #options: SessionOptions
  #first = true
  #failures = 0
  #successes = 0
  /** Bounds the check under way. */
  #timer: Timer | undefined = undefined
  /** Starts the next one. */
  #due: Timer | undefined = undefined
  #call: ClientCall | undefined = undefined
  #stopped = false

  constructor(endpoint: Endpoint, options: SessionOptions) {
    this.#endpoint = endpoint
    this.#options = options
  }

  get #settings(): HealthCheckSettings {
    return this.#options.settings
  }

  /** Asks now, and again after every answer. */
  readonly check = (): void => {
    const { service, clock, send } = this.#options
    const { host = service, path, headers, timeoutMs } = this.#settings
    const call = new ClientCall('GET', this.#endpoint.scheme, host, path, HeaderMap.from(headers), noBody)
    call.service = service
    call.endpoint = this.#endpoint
    this.#call = call
    const timer = clock.setTimer(function checkTimedOut() {
      call.cancel(new MeshError('ERR_MESH_ATTEMPT_TIMEOUT', `no answer to a health check within ${timeoutMs} ms`))
    }, timeoutMs)
    this.#timer = timer
    send(call).then(
      (reply) => this.#onReply(reply, timer),
      (error: unknown) => {
        timer.cancel()
        if (!this.#stopped) this.#onError(error)
      },
    )
  }

  /** The status decides, once the body has come too: then its connection is free for calls. Of a long one, a part will do. */
  #onReply(reply: Reply, timer: Timer): void {
    reply.lease.hold({
      release: (error) => {
        timer.cancel()
        if (this.#stopped) return
        if (error === undefined || error.code === 'ERR_MESH_ABORTED') this.#judge(reply)
        else this.#onError(error)
      },
    })
    reply.body.dump()
  }

  /** Of our own failures the next check makes up, as if this one had never been. */
  #onError(error: unknown): void {
    if (!isOurs(error)) return this.#fail(isMeshError(error) ? error.code : 'ERR_MESH_INTERNAL', false)
    this.#options.onUnknown(this.#endpoint)
    this.#schedule()
  }

  #judge(reply: Reply): void {
    if (reply.headers.has(immediateFailure)) this.#fail('immediate', true)
    else if (this.#settings.expects(reply.status)) this.#pass()
    else this.#fail(`status ${reply.status}`, true)
  }

  #pass(): void {
    this.#failures = 0
    const enough = this.#first || !this.#endpoint.unhealthy || ++this.#successes >= this.#settings.healthyThreshold
    this.#next(enough, true, 'passed')
  }

  /** An answer that is not the expected one is certain; a network that fails may only have a bad moment. */
  #fail(reason: string, certain: boolean): void {
    this.#successes = 0
    const enough = this.#first || certain || ++this.#failures >= this.#settings.unhealthyThreshold
    this.#next(enough, false, reason)
  }

  #next(decided: boolean, healthy: boolean, reason: string): void {
    this.#first = false
    if (decided) {
      this.#failures = 0
      this.#successes = 0
      this.#options.onDecided(this.#endpoint, healthy, reason)
    }
    this.#schedule()
  }

  #schedule(): void {
    const { clock, random } = this.#options
    const { intervalMs, unhealthyIntervalMs } = this.#settings
    const waitMs = this.#endpoint.unhealthy ? unhealthyIntervalMs : intervalMs
    this.#due = clock.setTimer(this.check, Math.min(waitMs * (1 + jitter * random()), maxTimerMs))
  }

  /** The endpoint was taken out by something else: only checks that pass from now on count. */
  restart(): void {
    this.#successes = 0
  }

  /** Gives up the check under way. */
  stop(): void {
    this.#stopped = true
    this.#due?.cancel()
    this.#timer?.cancel()
    this.#call?.cancel(new MeshError('ERR_MESH_CLOSED', 'the health check has ended'))
  }
}
