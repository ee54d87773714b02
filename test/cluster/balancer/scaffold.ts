import type { BalancerContext } from '../../../src/cluster/balancer/index.js'
import type { LoadBalancerSettings } from '../../../src/cluster/balancer/options.js'
import type { Endpoint } from '../../../src/cluster/index.js'
import type { Random } from '../../../src/core/random.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'
import { endpoint } from '../scaffold.js'

export interface TestContext extends BalancerContext {
  /** The clock's time, ms: set it to move on. */
  nowMs: number
}

/** What a balancer is made with. */
export function context(settings: LoadBalancerSettings = {}, random: Random = () => 0): TestContext {
  const made: TestContext = { settings, random, clock: { ...fakeClock(), now: () => made.nowMs }, nowMs: 0 }
  return made
}

/** The endpoints of Envoy's own tests of ring hash and Maglev. */
export function goldenHosts(): Endpoint[] {
  return [90, 91, 92, 93, 94, 95].map((port) => endpoint(`http://127.0.0.1:${port}`, { hostname: String(port) }))
}

/** How often each endpoint comes in `n` picks. */
export function shares(endpoints: readonly Endpoint[], n: number, pick: (i: number) => Endpoint | undefined): number[] {
  const counts = new Map(endpoints.map((one) => [one, 0]))
  for (let i = 0; i < n; i++) {
    const picked = pick(i)
    const count = picked === undefined ? undefined : counts.get(picked)
    if (picked === undefined || count === undefined) throw new Error('picked what is not in the list')
    counts.set(picked, count + 1)
  }
  return [...counts.values()]
}

/** Pearson's statistic of counts against the shares that they should have. */
export function chiSquare(counts: readonly number[], expected: readonly number[]): number {
  const n = counts.reduce((a, b) => a + b, 0)
  const sum = expected.reduce((a, b) => a + b, 0)
  return counts.reduce((chi, count, i) => {
    const mean = (n * (expected[i] ?? 0)) / sum
    return chi + (count - mean) ** 2 / mean
  }, 0)
}
