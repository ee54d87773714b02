export type { Dispatcher } from 'undici'
export { createDispatcher } from './dispatcher.js'
