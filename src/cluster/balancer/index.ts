import type { CreateBalancer } from './balancer.js'
import { leastRequest } from './least-request.js'
import { maglev } from './maglev.js'
import type { LoadBalancerSettings, LoadBalancerType } from './options.js'
import { peakEwma } from './peak-ewma.js'
import { randomChoice } from './random.js'
import { ringHash } from './ring-hash.js'
import { roundRobin } from './round-robin.js'

export type { Balancer, BalancerContext, CreateBalancer } from './balancer.js'
export {
  type LoadBalancerOptions,
  type LoadBalancerSettings,
  loadBalancerOptions,
  loadBalancerSettings,
} from './options.js'
export { latencyStage } from './peak-ewma.js'

/** Every algorithm by its name in the config: a new one is a file and a line here. */
export const balancers: Readonly<Record<LoadBalancerType, CreateBalancer>> = {
  'least-request': leastRequest,
  'round-robin': roundRobin,
  random: randomChoice,
  'ring-hash': ringHash,
  maglev,
  'peak-ewma': peakEwma,
}

/** The algorithm that settings name. Default `least-request`. */
export function balancerFor(settings: LoadBalancerSettings): CreateBalancer {
  return balancers[settings.type ?? 'least-request']
}

/** Whether an algorithm chooses by hashes: for the others none is computed. */
export function isHashing({ type }: LoadBalancerSettings): boolean {
  return type === 'ring-hash' || type === 'maglev'
}
