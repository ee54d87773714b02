import type { EndpointOptions } from '../options.js'
import { HostAddresses } from './addresses.js'
import { addressEndpoint, logicalEndpoint } from './found.js'
import type { DnsFunctions } from './functions.js'
import type { DnsDiscovery } from './options.js'
import type { Staleness } from './remembered.js'

/** What a question brought. */
export interface Found {
  /** Not empty. */
  readonly endpoints: readonly EndpointOptions[]
  /** How long it counts, ms; undefined or `Infinity` where nobody says. */
  readonly ttlMs: number | undefined
}

/** Something that DNS can be asked again and again. Rejects if it finds nothing. */
export interface Question {
  ask(): Promise<Found>
}

/** Asks for the addresses of one name. */
export class AddressQuestion implements Question {
  readonly #options: DnsDiscovery
  readonly #addresses: HostAddresses

  constructor(options: DnsDiscovery, dns: DnsFunctions, staleness: Staleness) {
    this.#options = options
    this.#addresses = new HostAddresses(options.name, options.family, dns, staleness)
  }

  async ask(): Promise<Found> {
    const options = this.#options
    const { addresses, ttlMs } = await this.#addresses.ask()
    const [first] = addresses
    if (options.mode === 'logical' && first !== undefined)
      return { endpoints: [logicalEndpoint(options, first)], ttlMs }
    // Servers rotate their answers: that is no change.
    return { endpoints: [...addresses].sort().map((one) => addressEndpoint(options, options.name, one)), ttlMs }
  }
}
