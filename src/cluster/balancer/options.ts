import { oneOf, type Schema } from '../../core/schema/index.js'

/** How endpoints share the calls; default `least-request`. */
export type LoadBalancerOptions = 'least-request' | 'round-robin' | 'random'

/** Schema of `loadBalancer`. */
export const loadBalancerOptions: Schema<LoadBalancerOptions> = oneOf('least-request', 'round-robin', 'random')
