export type { JwtAlgorithm } from './algorithms.js'
export * from './api-key/index.js'
export * from './authorization/index.js'
export {
  type ApiKeyCredential,
  type ConsumerOptions,
  consumerOptions,
  type JwtCredential,
} from './consumer-options.js'
export { type ConsumerStore, consumerStore, noConsumers } from './consumers.js'
export * from './jwt/index.js'
