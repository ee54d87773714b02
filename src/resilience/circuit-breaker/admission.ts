import type { Classification } from '../../core/classifier.js'

/**
 * Leave to call, and the place where the outcome goes. All calls of one closed period share one admission; a probe has
 * its own. An outcome that comes after its admission's time - from before an outage, say - changes nothing.
 */
export interface Admission {
  /** Reply headers are there and say success; how the body ends is not known yet. */
  answered(): void
  /** The call has ended. */
  settle(outcome: Classification): void
}
