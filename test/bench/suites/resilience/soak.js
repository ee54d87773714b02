/** N23: random toxics for as long as one likes; whatever happens, calls end in time, and nothing is left behind. */
import { createMesh } from 'sidecarless'
import { atMost, outcome } from './figure.js'

/** @param {import('./figure.js').Context} context */
export async function soak({ upstream, quick, seed }) {
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
  const endAt = performance.now() + (quick ? 10_000 : 600_000)
  let calls = 0
  let worst = 0
  await Promise.all(
    Array.from({ length: 40 }, async () => {
      while (performance.now() < endAt) {
        const since = performance.now()
        calls += 1
        if ((await outcome(mesh)) === 'ERR_MESH_CIRCUIT_OPEN') await new Promise((resolve) => setTimeout(resolve, 20))
        worst = Math.max(worst, performance.now() - since - 500)
      }
    }),
  )
  await mesh.close()
  await new Promise((resolve) => setTimeout(resolve, 200))
  const left = process.getActiveResourcesInfo().length - before
  process.off('unhandledRejection', onUnhandled)
  process.off('warning', onUnhandled)
  return [
    atMost(`N23 worst overshoot of ${calls} calls under random toxics (seed ${seed})`, worst, 25, {
      digits: 1,
      unit: ' ms',
    }),
    atMost('N12 unhandled rejections and warnings', unhandled, 0),
    atMost('N12 handles left behind', Math.max(0, left), 0),
  ]
}
