export { cors } from './interceptor.js'
export type { CorsOptions, CorsOrigin } from './options.js'
