/** N1: what a service that fails altogether gets on top. N20: what takes effect twice. */
import { createMesh } from 'sidecarless'
import { atMost, outcome } from './figure.js'
import { naiveStack } from './naive.js'

/** @param {import('./figure.js').Context} context */
export async function amplification({ upstream, quick }) {
  const { url, call } = await upstream()
  const calls = quick ? 1_000 : 10_000
  await call('become', { mode: 'fail' })
  const mesh = createMesh({
    service: 'bench',
    config: { services: { api: { endpoints: [{ url }], retry: { attempts: 3, on: ['5xx'] } } } },
  })
  const since = performance.now()
  await inParallel(calls, () => outcome(mesh))
  const seconds = (performance.now() - since) / 1_000
  await mesh.close()
  const made = await call('requests')
  await call('become', { mode: 'fail' })
  const naive = naiveStack({ timeoutMs: 1_000, retries: 3 })
  const few = quick ? 200 : 1_000
  await inParallel(few, () => naive(url).catch(() => 0))
  const naiveMade = await call('requests')
  // One a second is always there, for as long as the window is, and for as long as it took.
  const floor = (10 + seconds) / calls
  return [
    atMost('N1 attempts per call at 100 % failure', made / calls, 1.1 + floor, { digits: 3, naive: naiveMade / few }),
  ]
}

/** @param {import('./figure.js').Context} context */
export async function sideEffects({ upstream, quick, seed }) {
  const { url, call } = await upstream()
  const calls = quick ? 1_000 : 10_000
  await call('become', { mode: 'random', seed })
  const mesh = createMesh({
    service: 'bench',
    config: { services: { api: { endpoints: [{ url }], timeout: '200ms', retry: { attempts: 3, on: ['5xx'] } } } },
  })
  let id = 0
  await inParallel(calls, () => outcome(mesh, { method: 'POST', body: 'x', headers: { 'x-id': String(id++) } }))
  await mesh.close()
  const twice = (await call('effects')).filter((/** @type {number} */ n) => n > 1).length
  await call('become', { mode: 'random', seed })
  const naive = naiveStack({ timeoutMs: 200, retries: 3 })
  const few = Math.min(calls, 1_000)
  await inParallel(few, () =>
    naive(url, { method: 'POST', body: 'x', headers: { 'x-id': String(id++) } }).catch(() => 0),
  )
  const naiveTwice = (await call('effects')).filter((/** @type {number} */ n) => n > 1).length
  return [atMost(`N20 POSTs that took effect twice, of ${calls} (naive: of ${few})`, twice, 0, { naive: naiveTwice })]
}

/** @param {number} calls @param {() => Promise<unknown>} make */
async function inParallel(calls, make) {
  let left = calls
  await Promise.all(
    Array.from({ length: 50 }, async () => {
      while (left-- > 0) await make()
    }),
  )
}
