import type { Balancer } from '../balancer/index.js'
import type { Endpoint } from '../endpoint.js'
import { Level } from './level.js'
import { priorityLoads } from './load.js'

/** The priorities of a destination, and percent of the calls for each. */
export interface PriorityLevels {
  readonly levels: readonly Level[]
  readonly loads: readonly number[]
}

/** Panic reaches for endpoints that are unhealthy, but not for one that would refuse the call, while there are others. */
function ableOf(members: readonly Endpoint[]): readonly Endpoint[] {
  if (!members.some((endpoint) => endpoint.refusing)) return members
  const able = members.filter((endpoint) => !endpoint.refusing)
  return able.length > 0 ? able : members
}

function healthyOf(members: readonly Endpoint[]): readonly Endpoint[] {
  return members.every((endpoint) => endpoint.healthy) ? members : members.filter((endpoint) => endpoint.healthy)
}

/** Makes the levels over the members of each priority, by their health of this moment. */
export function priorityLevels(
  groups: readonly (readonly Endpoint[])[],
  panicThreshold: number,
  create: (level: Level) => Balancer,
): PriorityLevels {
  const healthy = groups.map(healthyOf)
  const { loads, panic } = priorityLoads(
    groups.map((members, i) => ({ healthy: healthy[i]?.length ?? 0, total: members.length })),
    panicThreshold,
  )
  const levels = groups.map(
    (members, i) =>
      new Level({ members: ableOf(members), healthy: healthy[i] ?? [], panic: panic[i] === true, create }),
  )
  return { levels, loads }
}
