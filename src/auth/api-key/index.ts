export { type ApiKeyDeps, apiKey } from './interceptor.js'
export type { ApiKeyOptions } from './options.js'
