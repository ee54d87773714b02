/** One of many processes that call the same service: tells when its breaker tried, and when it closed. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createMesh } from 'sidecarless'
import { answerParent } from '../../harness/remote-process.js'

/** @type {import('sidecarless').Mesh | undefined} */
let mesh
/** @type {{ state: string, atMs: number }[]} */
const turns = []

const now = () => performance.timeOrigin + performance.now()

/** @param {{ url: string, resetMs: number }} options */
function prepare({ url, resetMs }) {
  const circuitBreaker = { volumeThreshold: 5, resetTimeout: resetMs }
  mesh = createMesh({ service: 'prober', config: { services: { api: { endpoints: [{ url }], circuitBreaker } } } })
  mesh.on('breaker', ({ state }) => void turns.push({ state, atMs: now() }))
}

/** Calls every 10 ms. @param {{ ms: number }} options */
async function go({ ms }) {
  const endAt = now() + ms
  while (now() < endAt) {
    await mesh?.request({ service: 'api', path: '/' }).then(
      ({ body }) => body.dump(),
      () => {},
    )
    await sleep(10)
  }
  return turns.splice(0)
}

answerParent({ prepare, go, close: () => mesh?.close() })
