export { createGateway } from './gateway.js'
export { RouteTable } from './table.js'
