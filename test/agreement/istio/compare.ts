import type { Answer } from './ask.js'
import type { Case, CaseSet, Expected } from './cases.js'

/** Request headers that rules of these sets may touch: the others are no affair of a mesh. */
const upstreamNames: ReadonlySet<string> = new Set([
  'host',
  'cookie',
  'end-user',
  'x-canary',
  'x-tier',
  'x-user',
  'x-req-add',
  'x-req-set',
  'x-envoy-attempt-count',
  'x-envoy-original-path',
])

/** Reply headers that rules of these sets may touch. */
const replyNames: ReadonlySet<string> = new Set([
  'content-type',
  'location',
  'x-up',
  'x-echo',
  'x-user',
  'x-res-add',
  'x-res-set',
  'access-control-allow-origin',
  'access-control-allow-methods',
  'access-control-allow-headers',
  'access-control-allow-credentials',
  'access-control-expose-headers',
  'access-control-max-age',
])

/** The endpoints of a set by cluster, and which clusters choose by a header. */
export interface Topology {
  addresses(cluster: string): ReadonlySet<string>
  hashHeader(host: string): string | undefined
}

interface Document {
  readonly kind: string
  readonly spec: {
    readonly host?: string
    readonly hosts?: readonly string[]
    readonly ports?: readonly { readonly number: number; readonly name: string }[]
    readonly endpoints?: readonly {
      readonly address: string
      readonly labels: Readonly<Record<string, string>>
      readonly ports: Readonly<Record<string, number>>
    }[]
    readonly subsets?: readonly { readonly name: string; readonly labels: Readonly<Record<string, string>> }[]
    readonly trafficPolicy?: {
      readonly loadBalancer?: { readonly consistentHash?: { readonly httpHeaderName?: string } }
    }
  }
}

/** Reads the topology of a set out of its resources. */
export function topologyOf(set: CaseSet): Topology {
  const documents: readonly Document[] = set.yaml
    .split(/^---$/m)
    .filter((text) => text.trim() !== '')
    .map((text) => JSON.parse(text))
  return {
    addresses(cluster) {
      const [, port, subset, host = ''] = cluster.split('|')
      const entry = documents.find(({ kind, spec }) => kind === 'ServiceEntry' && spec.hosts?.includes(host))
      const rule = documents.find(({ kind, spec }) => kind === 'DestinationRule' && spec.host === host)
      const portName = entry?.spec.ports?.find(({ number }) => number === Number(port))?.name ?? ''
      const labels = Object.entries(rule?.spec.subsets?.find(({ name }) => name === subset)?.labels ?? {})
      const chosen = entry?.spec.endpoints?.filter((one) => labels.every(([name, value]) => one.labels[name] === value))
      return new Set(chosen?.map((one) => `${one.address}:${one.ports[portName]}`))
    },
    hashHeader: (host) =>
      documents.find(({ kind, spec }) => kind === 'DestinationRule' && spec.host === host)?.spec.trafficPolicy
        ?.loadBalancer?.consistentHash?.httpHeaderName,
  }
}

function lines(pairs: Iterable<readonly [string, string]>, names: ReadonlySet<string>): string {
  return [...pairs]
    .filter(([name]) => names.has(name.toLowerCase()))
    .map(([name, value]) => `${name.toLowerCase()}: ${value}`)
    .sort()
    .join('\n')
}

function* pairs(raw: readonly string[]): Iterable<readonly [string, string]> {
  for (let i = 0; i < raw.length; i += 2) yield [raw[i] ?? '', raw[i + 1] ?? '']
}

function* placement(one: Case, expect: Expected, got: Answer, topology: Topology): Iterable<string> {
  const { cluster = '', attempts } = expect
  const wanted = topology.addresses(cluster)
  for (const { at } of got.attempts) if (!wanted.has(at)) yield `went to ${at}, which is not of ${cluster}`
  const header = topology.hashHeader(cluster.split('|')[3] ?? '')
  const hashed = header !== undefined && one.headers.some(([name]) => name.toLowerCase() === header)
  if (hashed && got.attempts[0] !== undefined && got.attempts[0].at !== attempts[0])
    yield `hashed to ${got.attempts[0].at}, not ${attempts[0]}`
}

/** Every way in which an answer is not Envoy's. */
export function* differences(one: Case, expect: Expected, got: Answer, topology: Topology): Iterable<string> {
  if (got.status !== expect.status) yield `status ${got.status}, not ${expect.status}`
  if (got.attempts.length !== expect.attempts.length) {
    yield `${got.attempts.length} attempts, not ${expect.attempts.length}`
    return
  }
  yield* placement(one, expect, got, topology)
  const last = got.attempts.at(-1)
  if (last !== undefined) {
    if (last.url !== expect.url) yield `path ${last.url}, not ${expect.url}`
    const saw = lines(pairs(last.headers), upstreamNames)
    const wanted = lines(expect.saw ?? [], upstreamNames)
    if (saw !== wanted) yield `upstream saw\n${saw}\nnot\n${wanted}`
  } else if (expect.body !== undefined && got.body !== expect.body) yield `body "${got.body}", not "${expect.body}"`
  const headers = lines(Object.entries(got.headers), replyNames)
  const wanted = lines(Object.entries(expect.headers ?? {}), replyNames)
  if (headers !== wanted) yield `reply headers\n${headers}\nnot\n${wanted}`
}
