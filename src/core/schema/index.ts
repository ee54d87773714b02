export * from './builders.js'
export { suggest } from './suggest.js'
export { problemsOf, validate } from './validate.js'
