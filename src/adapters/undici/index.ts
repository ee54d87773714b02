export type { Dispatcher } from 'undici'
export { createDispatcher } from './dispatcher.js'
export { Installer } from './install.js'
