export { hashStage } from './interceptor.js'
