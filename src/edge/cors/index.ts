export { cors } from './interceptor.js'
export { type CorsOptions, type CorsOrigin, corsOptions } from './options.js'
