export { createGateway, type Gateway, type GatewayDeps } from './gateway.js'
export { RouteTable, type TableMatch, type TableRoute } from './table.js'
