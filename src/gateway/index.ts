export { forwardedPath } from './forwarder.js'
export { createGateway } from './gateway.js'
export { routeName } from './route-name.js'
export { GatewayTable } from './table.js'
