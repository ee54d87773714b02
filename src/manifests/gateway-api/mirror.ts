import type { MirrorOptions } from '../../routing/action/options.js'
import type { Fields, Vocabulary } from '../fields.js'
import { type BackendResolver, backendObject } from './backend-ref.js'
import { demand } from './checks.js'

const vocabulary: Vocabulary = { known: ['backendRef', 'percent', 'fraction'] }

function compileFraction(mirror: Fields): number | undefined {
  const fields = mirror.fields('fraction', { known: ['numerator', 'denominator'] })
  if (fields === undefined) return undefined
  demand(fields, 'numerator')
  const numerator = fields.integer('numerator', { min: 0, max: 2_147_483_647 })
  const denominator = fields.integer('denominator', { min: 1, max: 2_147_483_647 }) ?? 100
  if (numerator === undefined) return undefined
  if (numerator <= denominator) return (100 * numerator) / denominator
  fields.error('numerator', 'invalid-value', `must be at most the denominator, ${denominator}.`)
  return undefined
}

/** Compiles a RequestMirror; undefined when nothing can be mirrored to, which is reported. */
export function compileMirror(filter: Fields, resolver: BackendResolver): MirrorOptions | undefined {
  const fields = filter.fields('requestMirror', vocabulary)
  if (fields === undefined) return undefined
  demand(fields, 'backendRef')
  const percent = fields.integer('percent', { min: 0, max: 100 })
  const fraction = compileFraction(fields)
  if (fields.has('percent') && fields.has('fraction'))
    fields.error('fraction', 'invalid-value', 'Only one of percent and fraction can be given.')
  const to = fields.fields('backendRef', backendObject)
  const service = to === undefined ? undefined : resolver.resolve(to, 'nothing is mirrored')
  const percentage = percent ?? fraction
  if (service === undefined) return undefined
  return { service: service.name, ...(percentage === undefined ? {} : { percentage }) }
}
