export { Level } from './level.js'
export { type PriorityLevels, priorityLevels } from './levels.js'
