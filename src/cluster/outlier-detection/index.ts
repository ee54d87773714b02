export { type OutlierDetectionOptions, outlierDetectionOptions } from './options.js'
export { outlierStage } from './outlier-stage.js'
