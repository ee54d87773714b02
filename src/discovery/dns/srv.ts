import { type Answer, HostAddresses } from './addresses.js'
import { addressEndpoint } from './found.js'
import type { DnsFunctions, ServiceRecord } from './functions.js'
import type { DnsDiscovery } from './options.js'
import type { Found, Question } from './question.js'
import { Remembered, type Staleness } from './remembered.js'

interface Target {
  readonly record: ServiceRecord
  readonly answer: Answer
}

/** A name that records point to. */
interface Host {
  readonly addresses: HostAddresses
  readonly last: Remembered<Answer>
}

/** RFC 2782 gives weight 0 a small chance beside others: this part of a weight of 1. */
const parts = 100

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b)
}

/** A record's weight is that of all its addresses together. */
function weights(targets: readonly Target[], each: number): number[] {
  const allZero = targets.every(({ record }) => record.weight === 0)
  const exact = targets.map(({ record, answer }) => {
    const whole = allZero ? each * parts : Math.max(record.weight * parts, 1)
    return Math.max(1, Math.round(whole / answer.addresses.length))
  })
  const common = exact.reduce(gcd)
  return exact.map((weight) => weight / common)
}

/** Asks for SRV records and the addresses of their targets. A target that cannot be asked keeps the addresses it had, for `maxStale`. */
export class ServiceQuestion implements Question {
  readonly #options: DnsDiscovery
  readonly #dns: DnsFunctions
  readonly #staleness: Staleness
  #hosts = new Map<string, Host>()

  constructor(options: DnsDiscovery, dns: DnsFunctions, staleness: Staleness) {
    this.#options = options
    this.#dns = dns
    this.#staleness = staleness
  }

  #host(name: string): Host {
    const addresses = new HostAddresses(name, this.#options.family, this.#dns, this.#staleness)
    return { addresses, last: new Remembered(this.#staleness) }
  }

  async ask(): Promise<Found> {
    // A lone "." says that the service is decidedly not there (RFC 2782): an answer without endpoints.
    const records = (await this.#dns.resolveSrv(this.#options.name)).filter(({ name }) => name !== '' && name !== '.')
    if (records.length === 0) throw new Error(`${this.#options.name} has no SRV records`)
    const known = this.#hosts
    this.#hosts = new Map()
    for (const { name } of records) this.#hosts.set(name, known.get(name) ?? this.#host(name))
    const failures: unknown[] = []
    const heard = new Map<string, Answer>()
    await Promise.all(
      [...this.#hosts].map(async ([name, host]) => {
        try {
          host.last.keep(await host.addresses.ask())
        } catch (error) {
          failures.push(error)
        }
        const { answer } = host.last
        if (answer !== undefined) heard.set(name, answer)
      }),
    )
    if (heard.size === 0) throw failures[0]
    const targets = records.flatMap((record): Target[] => {
      const answer = heard.get(record.name)
      return answer === undefined ? [] : [{ record, answer }]
    })
    return {
      endpoints: this.#endpoints(targets),
      ttlMs: Math.min(...targets.map(({ answer }) => answer.ttlMs ?? Infinity)),
    }
  }

  #endpoints(targets: readonly Target[]): Found['endpoints'] {
    const ranks = [...new Set(targets.map(({ record }) => record.priority))].sort((a, b) => a - b)
    const shares = weights(targets, this.#options.weight ?? 1)
    return targets.flatMap(({ record, answer }, i) =>
      answer.addresses.map((address) =>
        addressEndpoint(this.#options, record.name, address, {
          port: record.port,
          weight: shares[i],
          priority: ranks.indexOf(record.priority),
        }),
      ),
    )
  }
}
