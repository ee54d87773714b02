import type { LoadBalancerSettings } from '../../cluster/balancer/options.js'
import type { CookieHash, HashPolicy } from '../../cluster/hash-policy/options.js'
import type { Fields, Vocabulary } from '../fields.js'

const keys = ['httpHeaderName', 'httpCookie', 'useSourceIp', 'httpQueryParameterName']
const vocabulary: Vocabulary = { known: [...keys, 'ringHash', 'maglev', 'minimumRingSize'] }

function readCookie(hash: Fields): CookieHash | undefined {
  const fields = hash.fields('httpCookie', { known: ['name', 'path', 'ttl', 'attributes'] })
  if (fields === undefined) return undefined
  const cookie = fields.requiredText('name')
  const ttl = fields.durationMs('ttl', { min: 0 })
  const path = fields.text('path')
  const attributes = fields
    .each('attributes', { known: ['name', 'value'] })
    .map((one) => [one.requiredText('name') ?? '', one.text('value') ?? ''] as const)
    .filter(([name]) => name !== '')
  if (cookie === undefined) return undefined
  return {
    cookie,
    ...(ttl === undefined ? {} : { ttl }),
    ...(path === undefined || path === '' ? {} : { path }),
    ...(attributes.length === 0 ? {} : { attributes: Object.fromEntries(attributes) }),
  }
}

function readKey(fields: Fields): HashPolicy | undefined {
  const given = keys.filter((key) => fields.has(key))
  const [, second] = given
  if (second !== undefined)
    fields.error(second, 'invalid-value', `Only one of ${keys.join(', ')} can be what is hashed.`)
  if (given.length === 0)
    fields.warn('httpHeaderName', 'missing-field', 'Nothing is hashed: endpoints are chosen at random.')
  const header = fields.text('httpHeaderName')
  const query = fields.text('httpQueryParameterName')
  const cookie = readCookie(fields)
  const sourceIp = fields.flag('useSourceIp')
  if (header !== undefined && header !== '') return { header: header.toLowerCase() }
  if (cookie !== undefined) return cookie
  if (query !== undefined && query !== '') return { query }
  if (sourceIp !== true) return undefined
  fields.warn(
    'useSourceIp',
    'unsupported-field',
    'Calls for one client of a gateway share an endpoint; calls of this process itself have no address to hash.',
  )
  return { sourceIp: true }
}

function isPrime(value: number): boolean {
  if (value < 2 || (value > 2 && value % 2 === 0)) return false
  for (let i = 3; i * i <= value; i += 2) if (value % i === 0) return false
  return true
}

function readTableSize(fields: Fields, strict: boolean): number | undefined {
  const size = fields.fields('maglev', { known: ['tableSize'] })
  if (size === undefined) return undefined
  if (strict && !size.has('tableSize'))
    size.error('tableSize', 'missing-field', 'Istio demands it, though its default is 65537.')
  const value = size.integer('tableSize', { min: 2, max: 5_000_010 })
  if (value === undefined || isPrime(value)) return value
  size.error('tableSize', 'invalid-value', 'must be a prime number.')
  return undefined
}

/** Envoy's largest ring. */
const maxRing = 8_388_608

function readRingSize(fields: Fields): number | undefined {
  const old = fields.integer('minimumRingSize', { min: 0, max: maxRing }) ?? 0
  const ring = fields.fields('ringHash', { known: ['minimumRingSize'] })
  if (old > 0 && (fields.has('ringHash') || fields.has('maglev')))
    fields.error('minimumRingSize', 'invalid-value', 'It excludes ringHash and maglev; ringHash has one of its own.')
  const size = ring?.integer('minimumRingSize', { min: 0, max: maxRing }) ?? old
  return size === 0 ? undefined : size
}

/** Compiles `consistentHash`: a ring unless `maglev` is there; Istio's ring has 1,024 entries at least. */
export function compileConsistentHash(loadBalancer: Fields, strict: boolean): LoadBalancerSettings | undefined {
  const fields = loadBalancer.fields('consistentHash', vocabulary)
  if (fields === undefined) return undefined
  if (fields.has('maglev') && fields.has('ringHash'))
    fields.error('maglev', 'invalid-value', 'Only one of ringHash and maglev can be there.')
  const key = readKey(fields)
  const hash = key === undefined ? {} : { hash: [key] }
  const tableSize = readTableSize(fields, strict)
  const minimumRingSize = readRingSize(fields)
  if (fields.has('maglev')) return { type: 'maglev', ...hash, ...(tableSize === undefined ? {} : { tableSize }) }
  return { type: 'ring-hash', ...hash, ...(minimumRingSize === undefined ? {} : { minimumRingSize }) }
}
