import type { LocalityOptions } from '../../cluster/locality-options.js'
import type { Fields, Vocabulary } from '../fields.js'

const vocabulary: Vocabulary = { known: ['distribute', 'failover', 'failoverPriority', 'enabled'] }

/** Labels that name a place: `failover` decides about those already. */
const places: ReadonlySet<string> = new Set([
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
  'topology.istio.io/subzone',
])

type Distribution = NonNullable<LocalityOptions['distribute']>[number]
type Failover = NonNullable<LocalityOptions['failover']>[number]

/** Why Istio refuses a locality after others of its list; undefined when it does not. */
function refusalOf(locality: string, earlier: readonly string[]): string | undefined {
  const parts = locality.split('/')
  if (parts.length > 3 || parts.some((part) => part === '')) return 'is no region, region/zone or region/zone/subzone'
  const star = locality.indexOf('*')
  if (star !== -1 && star !== locality.length - 1) return 'has a "*" that does not stand at its end'
  if (parts.some((part) => part.includes('*') && part !== '*')) return 'has a "*" that does not stand alone'
  const covers = (wide: string, narrow: string): boolean => {
    const plain = wide === '*' ? '' : wide.replace(/\/\*$/, '')
    return plain === '' || narrow === plain || narrow.startsWith(`${plain}/`)
  }
  const same = earlier.find((one) => covers(one, locality) || covers(locality, one))
  return same === undefined ? undefined : `overlaps with "${same}"`
}

function readShares(fields: Fields): Readonly<Record<string, number>> {
  const map = fields.map('to')
  const to = fields.fields('to', { known: [...(map?.entries.keys() ?? [])] })
  const shares: Record<string, number> = {}
  for (const locality of map?.entries.keys() ?? []) {
    const refusal = refusalOf(locality, Object.keys(shares))
    if (refusal !== undefined) to?.error(locality, 'invalid-value', `"${locality}" ${refusal}.`)
    const share = to?.integer(locality, { min: 1, max: 100 })
    if (share !== undefined && refusal === undefined) shares[locality] = share
  }
  return shares
}

function readDistribute(setting: Fields): readonly Distribution[] {
  const list: Distribution[] = []
  for (const fields of setting.each('distribute', { known: ['from', 'to'] })) {
    const from = fields.requiredText('from')
    const refusal =
      from === undefined
        ? undefined
        : refusalOf(
            from,
            list.map((one) => one.from),
          )
    if (refusal !== undefined) fields.error('from', 'invalid-value', `"${from}" ${refusal}.`)
    const to = readShares(fields)
    const sum = Object.values(to).reduce((total, share) => total + share, 0)
    if (sum !== 100) fields.error('to', 'invalid-value', `The shares sum to ${sum}, not to 100.`)
    else if (from !== undefined && refusal === undefined) list.push({ from, to })
  }
  return list
}

function readFailover(setting: Fields): readonly Failover[] {
  return setting.each('failover', { known: ['from', 'to'] }).flatMap((fields) => {
    const from = fields.requiredText('from')
    const to = fields.requiredText('to')
    if (from === undefined || to === undefined) return []
    if (from === to) fields.error('to', 'invalid-value', 'It is where the calls come from.')
    else if (/[/*]/.test(from + to)) fields.error('from', 'invalid-value', 'Only whole regions fail over, by name.')
    else return [{ from, to }]
    return []
  })
}

/** Reads `localityLbSetting`; undefined when it is absent, `off` when it is switched off. */
export function compileLocality(loadBalancer: Fields): LocalityOptions | 'off' | undefined {
  const fields = loadBalancer.fields('localityLbSetting', vocabulary)
  if (fields === undefined) return undefined
  const distribute = readDistribute(fields)
  const failover = readFailover(fields)
  const failoverPriority = fields.texts('failoverPriority') ?? []
  if (fields.flag('enabled') === false) return 'off'
  if (distribute.length > 0) {
    for (const other of ['failover', 'failoverPriority'])
      if (fields.has(other)) fields.error(other, 'invalid-value', 'It excludes "distribute".')
    return { distribute }
  }
  const place = failover.length === 0 ? undefined : failoverPriority.find((one) => places.has(one))
  if (place !== undefined)
    fields.error('failoverPriority', 'invalid-value', `"${place}" excludes "failover", which decides about regions.`)
  return {
    ...(failover.length === 0 ? {} : { failover }),
    ...(failoverPriority.length === 0 ? {} : { failoverPriority }),
  }
}
