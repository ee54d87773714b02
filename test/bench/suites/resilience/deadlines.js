/** N8: how late a deadline is, in every phase in which a call can hang. */
import { createServer } from 'node:net'
import { createMesh } from 'sidecarless'
import { blackHole } from './black-hole.js'
import { atMost } from './figure.js'

const deadlineMs = 400
const allowedMs = Math.max(25, deadlineMs * 0.05)

/** @param {import('./figure.js').Context} context */
export async function deadlines({ upstream, quick, lateMs }) {
  const { url, call } = await upstream()
  const rounds = quick ? 3 : 10
  /** @type {import('./figure.js').Figure[]} */
  const figures = []

  /** @param {string} phase @param {object} service @param {{ beside?: number, init?: object }} [more] calls that are under way already */
  async function measure(phase, service, { beside = 0, init = {} } = {}) {
    const mesh = createMesh({ service: 'bench', config: { services: { api: service } } })
    let worst = 0
    lateMs()
    for (let round = 0; round < rounds; round++) {
      const others = Array.from({ length: beside }, () => lateness(mesh, deadlineMs * 2, init))
      worst = Math.max(worst, await lateness(mesh, deadlineMs, init))
      await Promise.all(others)
    }
    const late = lateMs()
    await mesh.close({ timeout: 0 })
    figures.push(
      atMost(`N8 overshoot, ${phase}`, worst, allowedMs, { digits: 1, unit: ' ms', timed: true, lateMs: late }),
    )
  }

  const endpoints = [{ url }]
  await call('become', { mode: 'hang' })
  await measure('headers', { endpoints })
  await measure('queue', { endpoints, limits: { maxConnections: 1 } }, { beside: 1 })
  await call('become', { mode: 'hang-body' })
  await measure('body', { endpoints })
  await call('become', { mode: 'drip' })
  await measure('body that drips', { endpoints })
  await call('become', { mode: 'flood' })
  await measure('endless 1xx', { endpoints })
  await call('become', { mode: 'fail' })
  await measure('back-off', {
    endpoints,
    retry: { attempts: 100, on: ['5xx'], budget: false, backoff: { base: '50ms', max: '50ms' } },
  })
  const silent = createServer({ pauseOnConnect: true }, (socket) => socket.on('error', () => {}))
  await new Promise((resolve) => silent.listen(0, '127.0.0.1', () => resolve(undefined)))
  const address = silent.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  await measure('TLS', { endpoints: [{ url: `https://127.0.0.1:${port}` }] })
  const upload = { method: 'PUT', body: Buffer.alloc(32 * 1024 * 1024) }
  await measure('upload that nobody reads', { endpoints: [{ url: `http://127.0.0.1:${port}` }] }, { init: upload })
  silent.close()
  const hole = await blackHole()
  await measure('connect', { endpoints: [{ url: `http://127.0.0.1:${hole.port}` }] })
  hole.close()
  return figures
}

/**
 * How long after its deadline a call ends, ms.
 * @param {import('sidecarless').Mesh} mesh @param {number} timeout @param {object} init
 */
async function lateness(mesh, timeout, init) {
  const since = performance.now()
  try {
    const reply = await mesh.request({ service: 'api', path: '/', timeout, ...init })
    await reply.body.bytes()
  } catch {}
  return performance.now() - since - timeout
}
