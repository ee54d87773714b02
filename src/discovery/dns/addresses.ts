import type { AddressRecord, DnsFunctions } from './functions.js'
import type { DnsOptions } from './options.js'
import { Remembered, type Staleness } from './remembered.js'

/** What a name stands for. */
export interface Answer {
  /** Not empty; in the order of the answer, IPv4 first. */
  readonly addresses: readonly string[]
  /** How long it counts, ms; undefined where nobody says. */
  readonly ttlMs: number | undefined
}

type Family = 4 | 6

/** The server is well; the name has no such records. */
const nothingThere: ReadonlySet<unknown> = new Set(['ENOTFOUND', 'ENODATA'])

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

function isLocal(name: string): boolean {
  return /^(?:.+\.)?localhost\.?$/i.test(name)
}

/** What one family's question brought: addresses, or why none. */
interface Outcome {
  readonly family: Family
  readonly answer?: Answer
  readonly failure?: unknown
}

/** The addresses of a name, asked for again and again; it remembers what it heard last. */
export class HostAddresses {
  readonly #name: string
  readonly #family: NonNullable<DnsOptions['family']>
  readonly #dns: DnsFunctions
  readonly #last: Readonly<Record<Family, Remembered<readonly string[]>>>

  constructor(name: string, family: DnsOptions['family'], dns: DnsFunctions, staleness: Staleness) {
    this.#name = name
    this.#family = family ?? 'any'
    this.#dns = dns
    this.#last = { 4: new Remembered(staleness), 6: new Remembered(staleness) }
  }

  /**
   * Asks the DNS servers; then, if they know nothing, the system's other sources. A family that could not be asked keeps
   * its addresses, for as long as they may serve on, beside those of one that could. Rejects if there is nothing.
   */
  async ask(): Promise<Answer> {
    if (this.#dns.lookup !== undefined && isLocal(this.#name)) return this.#look()
    const outcomes = await this.#resolve()
    const answers = outcomes.flatMap(({ answer }) => answer ?? [])
    if (answers.length > 0) return merged([...answers, ...this.#remembered(outcomes)])
    const failures = outcomes.map(({ failure }) => failure)
    const failure = failures.find((one) => !nothingThere.has(codeOf(one))) ?? failures[0]
    if (!this.#mayLook(failure)) throw failure
    // What DNS said is the better reason: the lookup only says that it found nothing.
    return this.#look().catch(() => {
      throw failure
    })
  }

  async #resolve(): Promise<Outcome[]> {
    if (this.#family === 'ipv4') return [await this.#one(4)]
    if (this.#family === 'ipv6') return [await this.#one(6)]
    if (this.#family === 'all') return Promise.all([this.#one(4), this.#one(6)])
    const first = await this.#one(4)
    return first.answer !== undefined || this.#last[4].answer !== undefined ? [first] : [first, await this.#one(6)]
  }

  async #one(family: Family): Promise<Outcome> {
    try {
      const records = await (family === 4 ? this.#dns.resolve4(this.#name) : this.#dns.resolve6(this.#name))
      const addresses = [...new Set(records.map(({ address }) => address))]
      if (addresses.length === 0) return { family, failure: noAddresses(this.#name) }
      this.#last[family].keep(addresses)
      return { family, answer: { addresses, ttlMs: shortest(records) } }
    } catch (failure) {
      if (nothingThere.has(codeOf(failure))) this.#last[family].forget()
      return { family, failure }
    }
  }

  #remembered(outcomes: readonly Outcome[]): Answer[] {
    return outcomes.flatMap(({ family, answer }) => {
      const addresses = answer === undefined ? this.#last[family].answer : undefined
      return addresses === undefined ? [] : { addresses, ttlMs: undefined }
    })
  }

  /** Servers that fail are no reason to block a thread every time, once there are addresses to go on with. */
  #mayLook(failure: unknown): boolean {
    const code = codeOf(failure)
    if (this.#dns.lookup === undefined || code === 'ECANCELLED') return false
    return nothingThere.has(code) || code === 'ECONNREFUSED' || this.#nothingKept
  }

  get #nothingKept(): boolean {
    return this.#last[4].answer === undefined && this.#last[6].answer === undefined
  }

  async #look(): Promise<Answer> {
    const asked = this.#family === 'ipv4' ? 4 : this.#family === 'ipv6' ? 6 : 0
    const found = [...new Set(await this.#dns.lookup?.(this.#name, asked))]
    const v4 = found.filter((address) => !address.includes(':'))
    const v6 = found.filter((address) => address.includes(':'))
    const addresses = this.#family === 'any' && v4.length > 0 ? v4 : [...v4, ...v6]
    if (addresses.length === 0) throw noAddresses(this.#name)
    return { addresses, ttlMs: undefined }
  }
}

/** Node knows the TTL of the first 256 records only. */
function shortest(records: readonly AddressRecord[]): number | undefined {
  const ttls = records.flatMap(({ ttl }) => ttl ?? [])
  return ttls.length === 0 ? undefined : Math.min(...ttls) * 1_000
}

function noAddresses(name: string): Error {
  return Object.assign(new Error(`${name} has no addresses`), { code: 'ENODATA' })
}

function merged(answers: readonly Answer[]): Answer {
  const ttls = answers.flatMap(({ ttlMs }) => ttlMs ?? [])
  return {
    addresses: answers.flatMap(({ addresses }) => addresses),
    ttlMs: ttls.length === 0 ? undefined : Math.min(...ttls),
  }
}
