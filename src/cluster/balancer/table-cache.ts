import type { Endpoint } from '../endpoint.js'
import type { BuildTable, HashTable } from './hash-table.js'
import { hashKey } from './hash-table.js'
import type { LoadBalancerSettings } from './options.js'

interface Kept {
  readonly kind: string
  readonly keys: readonly string[]
  readonly weights: readonly number[]
  readonly table: HashTable
}

/** A destination's subsets, localities and priorities have lists of their own; more than these are built anew. */
const keptPerEndpoint = 8

/** Tables by the first endpoint of their lists: endpoints outlive snapshots, so a new config finds the tables of the old. */
const tables = new WeakMap<Endpoint, Kept[]>()

/** The table over a list: one that was built over an equal list, else a new one. */
export function tableOver(
  name: string,
  build: BuildTable,
  endpoints: readonly Endpoint[],
  settings: LoadBalancerSettings,
): HashTable | undefined {
  const first = endpoints[0]
  if (first === undefined) return undefined
  const { minimumRingSize, maximumRingSize, tableSize } = settings
  const kind = [name, minimumRingSize, maximumRingSize, tableSize].join()
  const keys = endpoints.map((endpoint) => hashKey(endpoint, settings))
  const weights = endpoints.map((endpoint) => endpoint.weight)
  const kept = tables.get(first) ?? []
  const known = kept.find((one) => one.kind === kind && same(one.keys, keys) && same(one.weights, weights))
  if (known !== undefined) return known.table
  const table = build(endpoints, settings)
  tables.set(first, [{ kind, keys, weights, table }, ...kept.slice(0, keptPerEndpoint - 1)])
  return table
}

function same<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i])
}
