import { type ClientCall, clientCall } from '../../src/core/call.js'
import type { HeaderInit } from '../../src/core/headers.js'

/** What a test says of a call. */
export interface Sketch {
  readonly method?: string
  readonly path?: string
  readonly headers?: HeaderInit
  readonly url?: string
}

/** A call to the service `reviews`. */
export function call(sketch: Sketch = {}): ClientCall {
  return clientCall({ service: 'reviews', ...sketch })
}
