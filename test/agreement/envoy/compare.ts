import type { HashPolicy, ServiceConfig } from '../../../src/index.js'
import type { Logged, RawAnswer } from './envoy.js'
import type { Request } from './requests.js'
import type { Seen } from './upstreams.js'

/** One side's outcome of a request. */
export interface Outcome extends RawAnswer {
  /** Undefined: nothing was sent upstream. */
  readonly seen: Seen | undefined
  /** Flag and detail of an answer of its own, where it has them. */
  readonly flag?: string | undefined
  readonly detail?: string | undefined
}

const upstreamNames =
  /^(host|x-user|x-tier|x-canary|cookie|origin|access-control-.*|x-req-.*|x-envoy-attempt-count|x-envoy-original-path)$/
const replyNames = /^(location|x-up|x-user|x-res-.*|x-tier|x-canary|access-control-.*)$/

function lines(pairs: Iterable<readonly [string, string]>, names: RegExp, envoyHeaders: boolean): string {
  return [...pairs]
    .map(([name, value]) => `${name.toLowerCase()}: ${value}`)
    .filter((line) => names.test(line.slice(0, line.indexOf(':'))) && (envoyHeaders || !line.startsWith('x-envoy-')))
    .sort()
    .join('\n')
}

function* pairs(raw: readonly string[]): Iterable<readonly [string, string]> {
  for (let i = 0; i < raw.length; i += 2) yield [raw[i] ?? '', raw[i + 1] ?? '']
}

function finds(policy: HashPolicy, { path, headers }: Request): boolean {
  if ('header' in policy) return headers.some(([name]) => name.toLowerCase() === policy.header)
  if ('cookie' in policy)
    return headers.some(([name, value]) => name === 'cookie' && value.includes(`${policy.cookie}=`))
  const query = path.indexOf('?') === -1 ? '' : path.slice(path.indexOf('?') + 1)
  return 'query' in policy && query.split('&').some((part) => part.split('=')[0] === policy.query)
}

/** Whether the endpoint follows from the request. Rules may remove what is hashed: then both sides are free. */
function isHashed(config: ServiceConfig, hash: readonly HashPolicy[], request: Request, seen: Seen): boolean {
  const { loadBalancer } = config
  const type = typeof loadBalancer === 'string' ? loadBalancer : loadBalancer?.type
  if (type !== 'ring-hash' && type !== 'maglev') return false
  const after = { ...request, path: seen.url, headers: [...pairs(seen.headers)] }
  return hash.some((policy) => finds(policy, request) && finds(policy, after))
}

/** What decides where a request lands. */
export interface Placement {
  /** The service whose endpoint Envoy chose. */
  readonly config: ServiceConfig
  readonly hash: readonly HashPolicy[]
  /** Endpoints of the cluster that Envoy chose. */
  readonly endpoints: ReadonlySet<string>
  /** Whether the routes' service speaks Envoy's headers. */
  readonly envoyHeaders: boolean
}

/** Every way in which the mesh's outcome is not Envoy's. */
export function* differences(
  request: Request,
  envoy: Outcome,
  mesh: Outcome,
  logged: Logged | undefined,
  placement: Placement | undefined,
): Iterable<string> {
  if (mesh.status !== envoy.status) yield `status ${mesh.status}, not ${envoy.status}`
  if ((mesh.seen === undefined) !== (envoy.seen === undefined))
    yield mesh.seen === undefined
      ? 'answered by itself, not by the upstream'
      : 'answered by the upstream, not by itself'
  const envoyHeaders = placement?.envoyHeaders === true
  if (mesh.seen !== undefined && envoy.seen !== undefined) {
    if (placement !== undefined && !placement.endpoints.has(mesh.seen.endpoint))
      yield `went to ${mesh.seen.endpoint}, which is not of ${logged?.cluster}`
    else if (
      placement !== undefined &&
      mesh.seen.endpoint !== envoy.seen.endpoint &&
      isHashed(placement.config, placement.hash, request, envoy.seen)
    )
      yield `hashed to ${mesh.seen.endpoint}, not ${envoy.seen.endpoint}`
    if (mesh.seen.method !== envoy.seen.method) yield `method ${mesh.seen.method}, not ${envoy.seen.method}`
    if (mesh.seen.url !== envoy.seen.url) yield `path ${mesh.seen.url}, not ${envoy.seen.url}`
    const saw = lines(pairs(mesh.seen.headers), upstreamNames, envoyHeaders)
    const wanted = lines(pairs(envoy.seen.headers), upstreamNames, envoyHeaders)
    if (saw !== wanted) yield `upstream saw\n${saw}\nnot\n${wanted}`
  } else if (mesh.body !== envoy.body) yield `body "${mesh.body}", not "${envoy.body}"`
  if (mesh.detail !== undefined && logged !== undefined && mesh.detail !== logged.details)
    yield `detail ${mesh.detail}, not ${logged.details}`
  if (mesh.flag !== undefined && logged !== undefined && mesh.flag !== logged.flags)
    yield `flag ${mesh.flag}, not ${logged.flags}`
  const headers = lines(Object.entries(mesh.headers), replyNames, false)
  const wanted = lines(Object.entries(envoy.headers), replyNames, false)
  if (headers !== wanted) yield `reply headers\n${headers}\nnot\n${wanted}`
}
