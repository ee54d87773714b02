export { createGateway, type Gateway, type GatewayDeps } from './gateway.js'
export type { TableMatch, TableRoute } from './table.js'
