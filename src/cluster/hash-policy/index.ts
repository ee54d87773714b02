export { hashStage } from './hash-stage.js'
