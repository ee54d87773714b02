export { type LoadBalancerOptions, loadBalancerOptions } from './balancer/index.js'
export { Cluster, type ClusterDeps } from './cluster.js'
export { Endpoint, OutlierState } from './endpoint.js'
export {
  type OutlierDetectionOptions,
  OutlierDetector,
  outlierDetectionOptions,
  outlierStage,
} from './outlier-detection/index.js'
export { pickStage } from './pick.js'
export { type SubsetOptions, subsetOptions } from './subset.js'
export { ClusterView, type ClusterViewOptions } from './view.js'
