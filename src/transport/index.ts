export { createTransport, type Transport, type TransportOptions } from './transport.js'
export { type UndiciTransport, undiciTransport } from './undici-transport.js'
