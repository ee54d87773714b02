export type { Dispatcher } from 'undici'
export { createDispatcher } from './dispatcher.js'
export { install, uninstall } from './install.js'
