import type { Duration } from '../core/duration.js'

/** Options of `mesh.close`. */
export interface CloseOptions {
  /** How long what is under way may take to end. Default `'15s'`. */
  timeout?: Duration | undefined
}
