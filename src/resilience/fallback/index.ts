export { type FallbackDeps, fallbackStage } from './fallback-stage.js'
export { fallback } from './interceptor.js'
export {
  type FallbackFailure,
  type FallbackFunction,
  type FallbackOptions,
  type FallbackReply,
  fallbackOptions,
} from './options.js'
