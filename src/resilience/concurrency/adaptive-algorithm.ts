import type { AdaptiveDeps, AdaptiveLimit } from './adaptive-limit.js'
import type { AdaptiveLimitOptions } from './adaptive-options.js'
import { AimdLimit } from './aimd.js'
import { GradientLimit } from './gradient.js'

/** Makes the limit that options ask for. */
export function adaptiveLimit(options: AdaptiveLimitOptions, deps: AdaptiveDeps): AdaptiveLimit {
  return options.algorithm === 'aimd' ? new AimdLimit(options, deps.clock) : new GradientLimit(options, deps)
}
