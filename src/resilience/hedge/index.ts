export type { HedgeDeps } from './deps.js'
export { hedgeStage } from './hedge-stage.js'
export { hedge } from './interceptor.js'
export { type HedgeOptions, type HedgePercentile, hedgeOptions } from './options.js'
