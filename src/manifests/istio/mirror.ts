import type { Fields } from '../fields.js'
import { type Destination, readDestination } from './destination.js'
import { readPercentage } from './duration.js'

/** Where copies of calls go, and of how many of them. */
export interface Mirror {
  readonly destination: Destination
  /** 0 to 100. */
  readonly percentage: number
}

const deprecated = ['mirrorPercent', 'mirror_percent'] as const

/** Reads the share of `mirror`, under its new or its old names; undefined for all calls. */
export function readMirrorShare(http: Fields): number | undefined {
  const percentage = readPercentage(http, 'mirrorPercentage')
  const old = deprecated.map((name) => {
    if (http.has(name)) http.warn(name, 'unsupported-field', 'This is the old name; write "mirrorPercentage".')
    return http.integer(name, { min: 0, max: 100 })
  })
  return percentage ?? old[0] ?? old[1]
}

/** A share counts for `mirror` alone. In a delegate, or beside one, that may be written on the other side. */
export function warnIdleShare(http: Fields): void {
  if (http.has('mirror')) return
  for (const name of ['mirrorPercentage', ...deprecated])
    if (http.has(name))
      http.warn(name, 'shadowed', 'It has no effect without "mirror"; "mirrors" have shares of their own.')
}

/** Reads `mirrors`; undefined when there are none. */
export function readMirrors(http: Fields, namespace: string): readonly Mirror[] | undefined {
  const entries = http.each('mirrors', { known: ['destination', 'percentage'] })
  if (entries.length === 0) return undefined
  if (http.has('mirror'))
    http.error('mirrors', 'invalid-value', 'There is a mirror already: one of mirror and mirrors.')
  const mirrors: Mirror[] = []
  for (const fields of entries) {
    if (!fields.has('destination')) fields.error('destination', 'missing-field', '"destination" is required.')
    const destination = readDestination(fields, 'destination', namespace)
    const percentage = readPercentage(fields, 'percentage') ?? 100
    if (destination !== undefined) mirrors.push({ destination, percentage })
  }
  return mirrors
}
