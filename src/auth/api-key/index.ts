export { type ApiKeyDeps, apiKey } from './interceptor.js'
export { type ApiKeyOptions, apiKeyOptions } from './options.js'
