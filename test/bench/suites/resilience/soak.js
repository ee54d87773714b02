/** N23: random toxics for as long as one likes; whatever happens, calls end in time, and nothing is left behind. */
import { createMesh } from 'sidecarless'
import { quantile } from '../../harness/statistics.js'
import { atMost, outcome } from './figure.js'

/** @param {import('./figure.js').Context} context */
export async function soak({ upstream, quick, seed, durationMs, lateMs }) {
  const three = await Promise.all([upstream(), upstream(), upstream()])
  for (const [i, { call }] of three.entries()) await call('become', { mode: 'random', seed: seed + i })
  let unhandled = 0
  const onUnhandled = () => {
    unhandled += 1
  }
  process.on('unhandledRejection', onUnhandled)
  process.on('warning', onUnhandled)
  const before = process.getActiveResourcesInfo().length
  const mesh = createMesh({
    service: 'bench',
    config: {
      services: {
        api: {
          endpoints: three.map(({ url }) => ({ url })),
          timeout: '500ms',
          retry: { attempts: 2, on: ['5xx'], perTryTimeout: '200ms' },
          circuitBreaker: { resetTimeout: '1s' },
          outlierDetection: { consecutive5xxErrors: 5, baseEjectionTime: '1s', interval: '500ms' },
          limits: { maxConnections: 50 },
          hedge: { after: '100ms' },
        },
      },
    },
  })
  const endAt = performance.now() + (durationMs ?? (quick ? 10_000 : 60_000))
  let calls = 0
  /** @type {number[]} */
  const overshoots = []
  await Promise.all(
    Array.from({ length: 40 }, async () => {
      while (performance.now() < endAt) {
        const begun = performance.now()
        const id = calls++
        const init = id % 3 === 0 ? { method: 'POST', body: 'x', headers: { 'x-id': String(id) } } : {}
        if ((await outcome(mesh, init)) === 'ERR_MESH_CIRCUIT_OPEN')
          await new Promise((resolve) => setTimeout(resolve, 20))
        overshoots.push(performance.now() - begun - 500)
      }
    }),
  )
  const late = lateMs()
  await mesh.close()
  const made = await Promise.all(three.map(({ call }) => call('requests')))
  const effects = (await Promise.all(three.map(({ call }) => call('effectsById')))).flat()
  const twice = effects.length - new Set(effects).size
  await new Promise((resolve) => setTimeout(resolve, 200))
  overshoots.sort((a, b) => a - b)
  const worst = quantile(overshoots, 1)
  const most = Math.max(0, quantile(overshoots, 0.999))
  const left = process.getActiveResourcesInfo().length - before
  process.off('unhandledRejection', onUnhandled)
  process.off('warning', onUnhandled)
  return [
    atMost(`N23 overshoot of 99.9 % of ${calls} calls (seed ${seed}, worst ${worst.toFixed(0)} ms)`, most, 25, {
      digits: 1,
      unit: ' ms',
      timed: true,
      lateMs: late,
    }),
    atMost(
      'N1 attempts per call meanwhile, hedges too',
      made.reduce((a, b) => a + b, 0) / calls,
      // The hard cap: retries of kept connections that ended as they were used are never refused.
      1.2,
      {
        digits: 3,
      },
    ),
    atMost('N20 POSTs that took effect twice meanwhile', twice, 0),
    atMost('N12 unhandled rejections and warnings', unhandled, 0),
    atMost('N12 handles left behind', Math.max(0, left), 0),
  ]
}
