export { forwardedPath } from './forwarder.js'
export { createGateway, routeName } from './gateway.js'
export { RouteTable } from './table.js'
