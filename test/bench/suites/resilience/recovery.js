/** N6: how soon a service is itself again after it stood still. N7: what callers see of an endpoint that is broken. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createMesh } from 'sidecarless'
import { quantile } from '../../harness/statistics.js'
import { atMost, outcome } from './figure.js'

/** @param {import('./figure.js').Context} context */
export async function recovery({ upstream, quick }) {
  const { url, call } = await upstream()
  await call('become', { mode: 'ok' })
  const mesh = createMesh({
    service: 'bench',
    config: {
      services: {
        api: { endpoints: [{ url }], timeout: '1s', retry: { attempts: 2, on: ['5xx'] }, limits: { maxRequests: 500 } },
      },
    },
  })
  const rps = 160
  const stallMs = quick ? 1_000 : 3_000
  /** Whether the calls of each second succeeded. @type {{ good: number, all: number }[]} */
  const seconds = []
  const startedAt = performance.now()
  /** @type {Promise<void>[]} */
  const calls = []
  const endMs = 2_000 + stallMs + 6_000
  const stalled = sleep(2_000).then(() => call('stall', { ms: stallMs }))
  while (performance.now() - startedAt < endMs) {
    const elapsed = performance.now() - startedAt
    while (calls.length < (elapsed / 1_000) * rps) {
      const slot = Math.floor(elapsed / 1_000)
      seconds[slot] ??= { good: 0, all: 0 }
      const counts = seconds[slot]
      counts.all += 1
      calls.push(
        outcome(mesh).then((status) => {
          if (status === 200) counts.good += 1
        }),
      )
    }
    await sleep(5)
  }
  await stalled
  await Promise.all(calls)
  await mesh.close()
  const healthyFrom = seconds.findLastIndex(({ good, all }) => good < all * 0.95) + 1
  const recoveredMs = Math.max(0, healthyFrom * 1_000 - 2_000 - stallMs)
  return [
    atMost(`N6 from the end of a stall of ${stallMs / 1_000} s to 95 % goodput`, recoveredMs, 5_000, {
      unit: ' ms',
      timed: true,
    }),
  ]
}

/** @param {import('./figure.js').Context} context */
export async function brokenEndpoint({ upstream, quick }) {
  const five = await Promise.all([upstream(), upstream(), upstream(), upstream(), upstream()])
  for (const { call } of five) await call('become', { mode: 'ok' })
  await five[0].call('become', { mode: 'fail' })
  const mesh = createMesh({
    service: 'bench',
    config: {
      services: {
        api: {
          endpoints: five.map(({ url }) => ({ url })),
          outlierDetection: { consecutive5xxErrors: 5, maxEjectionPercent: 50 },
        },
      },
    },
  })
  const calls = quick ? 2_000 : 20_000
  let bad = 0
  for (let i = 0; i < calls; i += 20)
    for (const status of await Promise.all(Array.from({ length: 20 }, () => outcome(mesh))))
      if (status !== 200) bad += 1
  await mesh.close()
  return [
    atMost('N7 errors with 1 of 5 endpoints failing, no retries', (bad / calls) * 100, 1, { digits: 2, unit: ' %' }),
  ]
}

/** @param {import('./figure.js').Context} context */
export async function slowEndpoint({ upstream, quick, lateMs }) {
  const five = await Promise.all([upstream(), upstream(), upstream(), upstream(), upstream()])
  for (const { call } of five) await call('become', { mode: 'work' })
  const mesh = createMesh({
    service: 'bench',
    config: {
      services: {
        api: {
          endpoints: five.map(({ url }) => ({ url })),
          loadBalancer: 'peak-ewma',
        },
      },
    },
  })

  /** @param {number} ms */
  async function p99(ms) {
    /** @type {number[]} */
    const took = []
    const until = performance.now() + ms
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        while (performance.now() < until) {
          const since = performance.now()
          await outcome(mesh)
          took.push(performance.now() - since)
        }
      }),
    )
    return quantile(
      took.sort((a, b) => a - b),
      0.99,
    )
  }

  await p99(1_000)
  const before = await p99(quick ? 1_000 : 5_000)
  await five[0].call('become', { mode: 'slow' })
  await p99(quick ? 2_000 : 10_000)
  lateMs()
  const after = await p99(quick ? 1_000 : 5_000)
  const late = lateMs()
  await mesh.close()
  return [
    atMost('N7 p99 with 1 of 5 endpoints 15 times as slow', after, 2 * before, {
      unit: ' ms',
      timed: true,
      lateMs: late,
    }),
  ]
}
