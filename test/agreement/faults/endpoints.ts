import { type FaultStep, type FaultyServer, faultyServer } from '../../../src/testing/index.js'
import type { Script } from './scripts.js'

/** An attempt as an endpoint saw it. */
export interface Attempt {
  /** Which endpoint: 0 for the first that the call landed on, 1 for the next new one. */
  readonly host: number
  /** `x-envoy-attempt-count`. */
  readonly count: string | undefined
}

/** Three endpoints that play the script of each call, by its `x-id`. */
export class Endpoints {
  readonly #servers: FaultyServer[] = []
  readonly #calls = new Map<string, { readonly script: Script; readonly seen: { server: number; count?: string }[] }>()

  get ports(): number[] {
    return this.#servers.map(({ port }) => port)
  }

  async listen(): Promise<void> {
    for (let server = 0; server < 3; server++)
      this.#servers.push(
        await faultyServer((request): FaultStep => {
          const call = this.#calls.get(request.headers.get('x-id') ?? '')
          if (call === undefined) return { reply: 404 }
          const count = request.headers.get('x-envoy-attempt-count')
          call.seen.push({ server, ...(count === undefined ? {} : { count }) })
          const { steps } = call.script
          return steps[Math.min(call.seen.length, steps.length) - 1] ?? { reply: 404 }
        }),
      )
  }

  /** The next call with this id is played so. */
  expect(id: string, script: Script): void {
    this.#calls.set(id, { script, seen: [] })
  }

  /** What has become of it. */
  take(id: string): Attempt[] {
    const { seen = [] } = this.#calls.get(id) ?? {}
    this.#calls.delete(id)
    const order = [...new Set(seen.map(({ server }) => server))]
    return seen.map(({ server, count }) => ({ host: order.indexOf(server), count }))
  }

  /** Refuses every connection while that works. */
  async whileDown<T>(work: () => Promise<T>): Promise<T> {
    for (const server of this.#servers) await server.refuse()
    try {
      // Both sides hear that their connections have ended.
      await new Promise((resolve) => setTimeout(resolve, 50))
      return await work()
    } finally {
      for (const server of this.#servers) await server.accept()
    }
  }

  async close(): Promise<void> {
    for (const server of this.#servers) await server.close()
  }
}
