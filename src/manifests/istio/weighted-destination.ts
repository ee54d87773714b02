import type { Place } from '../diagnostics.js'
import type { Fields, Vocabulary } from '../fields.js'
import { type Destination, readDestination } from './destination.js'
import { type HttpHeaders, noHeaders, readHeaders } from './headers.js'

/** One entry of `route`. */
export interface WeightedDestination {
  readonly at: Place
  readonly destination: Destination
  readonly weight: number
  readonly headers: HttpHeaders
}

const vocabulary: Vocabulary = { known: ['destination', 'weight', 'headers'] }

function readOne(fields: Fields, namespace: string): WeightedDestination | undefined {
  const headers = readHeaders(fields) ?? noHeaders
  const weight = fields.integer('weight', { min: 0, max: 2_147_483_647 }) ?? 0
  if (!fields.has('destination')) fields.error('destination', 'missing-field', '"destination" is required.')
  const destination = readDestination(fields, 'destination', namespace)
  return destination === undefined ? undefined : { at: fields.at, destination, weight, headers }
}

/** `route`: where a rule's calls go. */
export interface Split {
  /** The entries that calls can fall to: of several, those with a weight. */
  readonly destinations: readonly WeightedDestination[]
  /** Whether several were written. A single one takes all calls, whatever its weight is. */
  readonly isWeighted: boolean
}

/** Reads `route`; undefined when there is none. */
export function readSplit(http: Fields, namespace: string): Split | undefined {
  const all = http.each('route', vocabulary).map((one) => readOne(one, namespace))
  if (all.length === 0) return undefined
  const read = all.filter((one) => one !== undefined)
  if (all.length === 1) return { destinations: read, isWeighted: false }
  const destinations = read.filter(({ weight }) => weight > 0)
  if (destinations.length === 0 && read.length === all.length)
    http.error('route', 'invalid-value', 'The weights sum to 0, so no call could be sent.')
  return { destinations, isWeighted: true }
}
