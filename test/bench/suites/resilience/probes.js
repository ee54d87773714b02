/** N19: how many processes try whether a service is back, how often, and how far apart. */
import { setTimeout as sleep } from 'node:timers/promises'
import { atLeast, atMost } from './figure.js'

const processes = 10
const resetMs = 1_000

/** @param {import('./figure.js').Context} context */
export async function probes({ upstream, child, lateMs }) {
  const { url, call } = await upstream()
  await call('become', { mode: 'fail' })
  const ten = await Promise.all(
    Array.from({ length: processes }, () =>
      child(new URL('./prober.js', import.meta.url), 'prepare', { url, resetMs }),
    ),
  )
  const outageMs = 5_000
  const running = ten.map((one) => one.call('go', { ms: outageMs + 4_000 }))
  await sleep(outageMs)
  const madeInOutage = await call('requests')
  await call('become', { mode: 'ok' })
  const backAtMs = performance.timeOrigin + performance.now()
  lateMs()
  /** @type {{ state: string, atMs: number }[][]} */
  const turns = await Promise.all(running)
  const late = lateMs()
  await Promise.all(ten.map((one) => one.call('close')))

  const tries = turns.map((ofOne) => ofOne.filter(({ state, atMs }) => state === 'half-open' && atMs < backAtMs))
  const expected = processes * 5 + tries.flat().length
  const closedMs = turns.map(
    (ofOne) => ofOne.findLast(({ state }) => state === 'closed')?.atMs ?? Number.POSITIVE_INFINITY,
  )
  // Of the third probe of each process; two periods with jitter are behind it, of half of the reset timeout each.
  const third = tries.flatMap((ofOne) => (ofOne[2] === undefined ? [] : [ofOne[2].atMs]))
  return [
    atMost(`N19 calls beyond one probe a window, ${processes} processes`, Math.max(0, madeInOutage - expected), 0),
    atLeast(
      'N19 spread of their third probes, of the window of the jitter',
      (Math.max(...third) - Math.min(...third)) / (resetMs / 2),
      0.5,
      {
        digits: 2,
        timed: true,
      },
    ),
    atMost('N19 from recovery to the last closed breaker', Math.max(...closedMs) - backAtMs, 1.5 * resetMs + 100, {
      unit: ' ms',
      timed: true,
      lateMs: late,
    }),
  ]
}
