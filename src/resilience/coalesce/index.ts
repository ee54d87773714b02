export { type CoalesceDeps, coalesceStage } from './coalesce-stage.js'
export { coalesce } from './interceptor.js'
export { type CoalesceOptions, type CoalesceSettings, coalesceOptions } from './options.js'
