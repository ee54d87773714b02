/**
 * What a call that is under way holds: as many as the upstream keeps waiting, over connections that were open before. Its
 * reply has not begun, or its body has not ended.
 */

import { clientCall, undiciTransport } from 'sidecarless'
import { Pool } from 'undici'
import { settledHeap } from '../../../harness/heap.js'
import { fullService, openMesh } from './setup.js'

/** @typedef {'head' | 'body'} Until what the upstream keeps back */

/** @type {Record<string, (origins: string[]) => Promise<{ call: (path: string) => Promise<unknown>, close: () => unknown }>>} */
const callers = {
  async pool(origins) {
    const pools = origins.map((origin) => new Pool(origin))
    let next = 0
    return {
      async call(path) {
        next = (next + 1) % pools.length
        const { body } = await pools[next].request({ path, method: 'GET' })
        return body.bytes()
      },
      close: () => Promise.all(pools.map((pool) => pool.close())),
    }
  },
  async transport(origins) {
    const transport = undiciTransport()
    let next = 0
    return {
      async call(path) {
        next = (next + 1) % origins.length
        const { body } = await transport(clientCall({ url: origins[next] + path, method: 'GET' }))
        return body.bytes()
      },
      close: () => transport.close(),
    }
  },
  async mesh(origins) {
    const mesh = await openMesh({ reviews: fullService(origins) })
    return {
      async call(path) {
        const { body } = await mesh.request({ service: 'reviews', path, method: 'GET' })
        return body.bytes()
      },
      close: () => mesh.close(),
    }
  },
}

/** @type {{ call: (path: string) => Promise<unknown>, close: () => unknown }} */
let caller
/** @type {Promise<unknown>[]} */
let underWay = []

/** @param {{ caller: string, origins: string[] }} options */
export async function open({ caller: name, origins }) {
  caller = await callers[name](origins)
}

/** @param {{ count: number, until: Until }} options */
export function begin({ count, until }) {
  underWay = Array.from({ length: count }, () => caller.call(`/${until}`))
  // Told by `end`; until then a failure is not unhandled.
  for (const call of underWay) call.catch(() => {})
}

export async function end() {
  await Promise.all(underWay)
  underWay = []
}

export const heap = () => settledHeap()
export const close = () => caller.close()
