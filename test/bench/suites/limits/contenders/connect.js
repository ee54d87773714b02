/** A connected client of Redis, of either package. */
import { once } from 'node:events'

/**
 * @typedef {object} Options
 * @property {'none' | 'ioredis' | 'node-redis'} client
 * @property {number} port of Redis
 */

/**
 * @typedef {object} Connected
 * @property {any} client undefined where there is none
 * @property {() => void} close
 */

/**
 * @param {Options} options
 * @returns {Promise<Connected>}
 */
export async function connect({ client: name, port }) {
  if (name === 'none') return { client: undefined, close() {} }
  if (name === 'ioredis') {
    const { Redis } = await import('ioredis')
    const client = new Redis(port, '127.0.0.1')
    await once(client, 'ready')
    return { client, close: () => client.disconnect() }
  }
  const { createClient } = await import('redis')
  const client = createClient({ url: `redis://127.0.0.1:${port}` })
  client.on('error', () => {})
  await client.connect()
  return { client, close: () => client.destroy() }
}

const KEYS = 1_000

/**
 * As many clients as take turns.
 * @template T
 * @param {(address: string, index: number) => T} make
 * @returns {() => T} the next one's
 */
export function inTurn(make) {
  const all = Array.from({ length: KEYS }, (_, i) => make(`10.0.${i >> 8}.${i & 255}`, i))
  let next = 0
  return function take() {
    next = (next + 1) % KEYS
    return all[next]
  }
}
