export * from './builders.js'
export { isFields, isInstance, isPlainObject, kindOf } from './plain.js'
export { suggest } from './suggest.js'
export { pathText, problemsOf, validate } from './validate.js'
