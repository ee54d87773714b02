export { Level } from './level.js'
export { priorityLevels } from './levels.js'
