import { isIP } from 'node:net'
import type { Clock, Timer } from '../../core/clock.js'
import { durationMs } from '../../core/duration.js'
import type { Random } from '../../core/random.js'
import { errorOf } from '../../core/thrown.js'
import type { EndpointOptions } from '../options.js'
import type { OnDiscoveryFailure, OnEndpoints, Resolver } from '../resolver.js'
import { addressEndpoint, capped } from './found.js'
import { type DnsFunctions, systemDns } from './functions.js'
import type { DnsDiscovery } from './options.js'
import { AddressQuestion, type Found, type Question } from './question.js'
import { ServiceQuestion } from './srv.js'

/** What a DNS resolver is given. */
export interface DnsDeps {
  readonly clock: Clock
  readonly random: Random
  /** Default: the system's servers, or those of the options. */
  readonly dns?: DnsFunctions | undefined
}

/** No TTL makes us ask more often. */
const shortestMs = 1_000
const firstRetryMs = 500
/** Questions of many processes, or of many names, are spread over this part of their interval. */
const jitter = 0.1

/** A name that is being asked for. */
class DnsWatch {
  readonly #deps: DnsDeps
  readonly #dns: DnsFunctions
  readonly #question: Question
  readonly #onEndpoints: OnEndpoints
  readonly #onFailure: OnDiscoveryFailure
  readonly #refreshMs: number
  readonly #maxStaleMs: number
  #inUse: readonly EndpointOptions[] = []
  #answeredAtMs = 0
  #failures = 0
  #timer: Timer | undefined = undefined
  #stopped = false

  constructor(options: DnsDiscovery, deps: DnsDeps, onEndpoints: OnEndpoints, onFailure: OnDiscoveryFailure) {
    this.#deps = deps
    this.#dns = deps.dns ?? systemDns(options.servers)
    this.#onEndpoints = onEndpoints
    this.#onFailure = onFailure
    this.#refreshMs = durationMs(options.refresh) ?? 60_000
    this.#maxStaleMs = durationMs(options.maxStale) ?? 86_400_000
    const staleness = { clock: deps.clock, maxStaleMs: this.#maxStaleMs }
    const Asked = options.mode === 'srv' ? ServiceQuestion : AddressQuestion
    this.#question = new Asked(options, this.#dns, staleness)
  }

  readonly ask = async (): Promise<void> => {
    this.#timer = undefined
    let found: Found
    try {
      found = await this.#question.ask()
    } catch (error) {
      if (!this.#stopped) this.#fail(errorOf(error))
      return
    }
    if (!this.#stopped) this.#answer(found)
  }

  #answer({ endpoints, ttlMs = Number.POSITIVE_INFINITY }: Found): void {
    const { clock, random } = this.#deps
    this.#failures = 0
    this.#answeredAtMs = clock.now()
    const refreshMs = this.#refreshMs * (1 - jitter * random())
    this.#wait(Math.max(shortestMs, Math.min(refreshMs, ttlMs * (1 + jitter * random()))))
    this.#inUse = capped(unique(endpoints), this.#inUse, random)
    this.#onEndpoints(this.#inUse)
  }

  #fail(error: Error): void {
    const { clock, random } = this.#deps
    const ceiling = Math.min(this.#refreshMs, firstRetryMs * 2 ** Math.min(this.#failures++, 20))
    this.#wait(ceiling * (0.5 + 0.5 * random()))
    if (this.#inUse.length > 0 && clock.now() - this.#answeredAtMs >= this.#maxStaleMs) {
      this.#inUse = []
      this.#onEndpoints([])
    }
    this.#onFailure(error)
  }

  #wait(ms: number): void {
    this.#timer = this.#deps.clock.setTimer(() => void this.ask(), ms)
  }

  readonly stop = (): void => {
    this.#stopped = true
    this.#timer?.cancel()
    this.#dns.cancel()
  }
}

/** Two targets may share an address; its state is kept once. */
function unique(endpoints: readonly EndpointOptions[]): EndpointOptions[] {
  return [...new Map(endpoints.map((one) => [one.url, one])).values()]
}

function literal(options: DnsDiscovery): Resolver {
  return {
    watch(onEndpoints) {
      onEndpoints([addressEndpoint(options, options.name, options.name)])
      return () => {}
    },
  }
}

/**
 * Finds endpoints in DNS: asks again when the TTL of the answer is over, or after `refresh`. Whatever goes wrong -
 * a server that fails, an empty answer, a name that is gone - leaves the last endpoints in place for `maxStale`, and
 * is asked again after half a second, then ever more rarely.
 */
export function dnsResolver(options: DnsDiscovery, deps: DnsDeps): Resolver {
  if (isIP(options.name) !== 0) return literal(options)
  return {
    watch(onEndpoints, onFailure) {
      const watch = new DnsWatch(options, deps, onEndpoints, onFailure)
      void watch.ask()
      return watch.stop
    },
  }
}
