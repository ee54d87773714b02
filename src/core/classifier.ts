import type { MeshError } from './errors.js'

/**
 * What an outcome means, asked by retry, breaker, outlier detection and metrics alike: `ignored` is neutral -
 * neither success nor failure (a local rejection, a caller's abort, a 4xx).
 */
export type Classification = 'success' | 'failure' | 'ignored'

/** One per service; the same judgement everywhere. */
export interface Classifier {
  /** Judges a status that arrived. */
  status(status: number): Classification
  /** Judges an error. */
  error(error: MeshError): Classification
}

/** HTTP's own meaning: 5xx fails, 4xx is the caller's affair, local rejections and aborts say nothing of the peer. */
export const httpClassifier: Classifier = {
  status: (status) => (status >= 500 ? 'failure' : status >= 400 ? 'ignored' : 'success'),
  error: (error) => (error.origin === 'local' ? 'ignored' : 'failure'),
}
