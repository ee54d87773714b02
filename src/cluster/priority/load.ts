/** How much more than its share a priority can take, in percent: Envoy's overprovisioning factor. */
const overprovisioning = 140

/** The endpoints of a priority, counted. */
export interface Headcount {
  readonly healthy: number
  readonly total: number
}

/** What each priority gets. */
export interface PriorityLoads {
  /** Percent of the calls; they sum to 100. */
  readonly loads: readonly number[]
  /** In panic health is ignored: all endpoints of the priority take calls. */
  readonly panic: readonly boolean[]
}

/** Percent of its share that a priority can take, at most 100. */
function availability({ healthy, total }: Headcount): number {
  return total === 0 ? 0 : Math.min(100, Math.floor((overprovisioning * healthy) / total))
}

/** Fills the priorities in order, each with what it can take; what rounding leaves goes to the first that can take any. */
function fill(available: readonly number[], normalized: number): number[] {
  let rest = 100
  const loads = available.map((percent) => {
    const load = Math.min(rest, Math.floor((percent * 100) / normalized))
    rest -= load
    return load
  })
  const first = available.findIndex((percent) => percent > 0)
  loads[first] = (loads[first] ?? 0) + rest
  return loads
}

/** In panic everywhere, health says nothing: calls are split by the number of endpoints. */
function byCount(levels: readonly Headcount[]): number[] {
  const all = levels.reduce((sum, { total }) => sum + total, 0)
  let rest = 100
  const loads = levels.map(({ total }) => {
    const load = all === 0 ? 0 : Math.floor((100 * total) / all)
    rest -= load
    return load
  })
  const first = Math.max(
    0,
    levels.findIndex(({ total }) => total > 0),
  )
  loads[first] = (loads[first] ?? 0) + rest
  return loads
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

/**
 * Shares the calls out among priorities as Envoy does: the first takes all while 72 % of it is healthy, and the next ones
 * what it cannot. A priority with fewer healthy endpoints than the threshold, in percent, panics, unless all priorities
 * together can carry the load.
 */
export function priorityLoads(levels: readonly Headcount[], panicThreshold: number): PriorityLoads {
  const available = levels.map(availability)
  const normalized = Math.min(100, sum(available))
  const panic = levels.map(
    ({ healthy, total }) => normalized < 100 && (total === 0 ? 0 : (100 * healthy) / total) < panicThreshold,
  )
  if (normalized === 0 && panicThreshold === 0) return { loads: levels.map((_, i) => (i === 0 ? 100 : 0)), panic }
  if (panic.every((one) => one)) return { loads: byCount(levels), panic }
  return { loads: fill(available, normalized), panic }
}

/**
 * The loads of a retry that prefers priorities which its call has not tried (Envoy `previous_priorities`): those in
 * `tried` get nothing. Undefined when none of the others can take a call.
 */
export function loadsWithout(tried: ReadonlySet<number>, levels: readonly Headcount[]): readonly number[] | undefined {
  const available = levels.map((level, i) => (tried.has(i) ? 0 : availability(level)))
  const normalized = Math.min(100, sum(available))
  return normalized === 0 ? undefined : fill(available, normalized)
}

/** The priority that a number from 1 to 100 falls on. */
export function priorityAt(loads: readonly number[], percentile: number): number {
  let bound = 0
  for (let i = 0; i < loads.length; i++) {
    bound += loads[i] ?? 0
    if (percentile <= bound) return i
  }
  return 0
}
