import type { CreateBalancer } from './balancer.js'
import { leastRequest } from './least-request.js'
import type { LoadBalancerOptions } from './options.js'
import { randomChoice } from './random.js'
import { roundRobin } from './round-robin.js'

export type { Balancer, CreateBalancer } from './balancer.js'
export { type LoadBalancerOptions, loadBalancerOptions } from './options.js'

/** Every algorithm by its name in the config: a new one is a file and a line here. */
export const balancers: Readonly<Record<LoadBalancerOptions, CreateBalancer>> = {
  'least-request': leastRequest,
  'round-robin': roundRobin,
  random: randomChoice,
}
