import type { GatewayRouteOptions } from '../../config/gateway.js'
import type { Listener } from './listener.js'

/** Listeners whose requests look alike to this process. */
export interface ListenerGroup {
  /** Tells the services of different groups apart; empty while there is only one. */
  readonly suffix: string
  readonly conditions: Pick<GatewayRouteOptions, 'schemes' | 'ports'>
}

/**
 * What tells the listeners of all Gateways apart: the scheme where there are both, and the port where one scheme has
 * several. A single one is served on whatever port the server listens.
 */
export class ListenerGroups {
  readonly #listeners: readonly Listener[]

  constructor(listeners: readonly Listener[]) {
    this.#listeners = listeners
  }

  #ports(scheme: Listener['scheme']): ReadonlySet<number | undefined> {
    return new Set(this.#listeners.filter((one) => one.scheme === scheme).map(({ port }) => port))
  }

  of({ scheme, port }: Listener): ListenerGroup {
    const schemes = new Set(this.#listeners.map((one) => one.scheme))
    const byScheme = schemes.size > 1 && scheme !== undefined
    const byPort = this.#ports(scheme).size > 1 && port !== undefined
    return {
      suffix: byScheme || byPort ? `:${port ?? scheme}` : '',
      conditions: { ...(byScheme ? { schemes: [scheme] } : {}), ...(byPort ? { ports: [port] } : {}) },
    }
  }

  /** Says what ports mean, where they mean something. */
  report(): void {
    for (const listener of this.#listeners) {
      const { port, fields } = listener
      if (this.of(listener).conditions.ports === undefined) continue
      const rest = 'those to a port that no listener has are for the first listener that takes their host'
      fields?.warn(
        'port',
        'listener-port',
        `Only requests that come to port ${port} of this machine are for it; ${rest}.`,
      )
    }
  }
}
