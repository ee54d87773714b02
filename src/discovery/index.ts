export { type Address, parseAddress } from './address.js'
export { type EndpointOptions, endpointList, endpointOptions, type Labels } from './options.js'
export type { OnEndpoints, Resolver } from './resolver.js'
export { staticResolver } from './static.js'
