export { type Address, parseAddress } from './address.js'
export { type EndpointOptions, endpointList, type Labels } from './options.js'
export { staticResolver } from './static.js'
