export * from './builders.js'
export { suggest } from './suggest.js'
export { pathText, problemsOf, validate } from './validate.js'
