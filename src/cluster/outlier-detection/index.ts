export { outlierStage } from './interceptor.js'
export { type OutlierDetectionOptions, outlierDetectionOptions } from './options.js'
