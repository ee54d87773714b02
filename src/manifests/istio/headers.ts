import { isAuthority, isHeaderName, isHeaderValue } from '../../core/schema/index.js'
import { compileFormat } from '../../routing/action/format.js'
import type { HeaderOperations, RouteHeaders } from '../../routing/action/options.js'
import type { Fields, Vocabulary } from '../fields.js'

/** What one side, calls or replies, is changed by. Names sorted, as Istio hands them to Envoy. */
interface Operations {
  readonly set: ReadonlyMap<string, string>
  readonly add: ReadonlyMap<string, string>
  readonly remove: readonly string[]
}

/** `headers` of a rule or of one of its destinations. */
export interface HttpHeaders {
  readonly request: Operations
  readonly response: Operations
  /** What `Host` or `:authority` of calls is set or added to: a rewrite, not a header. */
  readonly authority: string | undefined
  /** How often it is. */
  readonly authorities: number
}

const sides: Vocabulary = { known: ['request', 'response'] }
const operations: Vocabulary = { known: ['set', 'add', 'remove'] }

const nothing: Operations = { set: new Map(), add: new Map(), remove: [] }

/** No changes at all. */
export const noHeaders: HttpHeaders = { request: nothing, response: nothing, authority: undefined, authorities: 0 }

function namesAuthority(name: string): boolean {
  const lower = name.toLowerCase()
  return lower === ':authority' || lower === 'host'
}

function checkName(fields: Fields, field: string, name: string, mayBeAuthority: boolean): void {
  if (mayBeAuthority && namesAuthority(name)) return
  if (name === '') fields.error(field, 'invalid-value', 'A header needs a name.')
  else if (name.startsWith(':'))
    fields.error(field, 'invalid-value', `"${name}" is no header: they do not begin with ":".`)
  else if (name.toLowerCase() === 'host') fields.error(field, 'invalid-value', '"Host" cannot be changed here.')
  else if (!isHeaderName(name)) fields.error(field, 'invalid-value', `"${name}" is no name of a header.`)
}

/** What is wrong with a value; undefined for nothing. */
function problemOf(name: string, text: string): string | undefined {
  if (!isHeaderValue(text)) return 'has characters that a header cannot have'
  if (namesAuthority(name) && text !== '' && !isAuthority(text)) return 'must be a host, with or without a port'
  try {
    compileFormat(text)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : 'is not understood'
  }
}

function readValues(side: Fields, field: 'set' | 'add', mayBeAuthority: boolean): ReadonlyMap<string, string> {
  const values = [...(side.textMap(field) ?? [])].filter(([name, text]) => {
    checkName(side, field, name, mayBeAuthority)
    const problem = problemOf(name, text)
    if (problem !== undefined) side.error(field, 'invalid-value', `The value of "${name}" ${problem}.`)
    return problem === undefined
  })
  return new Map(values.sort(([a], [b]) => (a < b ? -1 : 1)))
}

function readSide(headers: Fields, name: 'request' | 'response'): Operations {
  const side = headers.fields(name, operations)
  if (side === undefined) return nothing
  const remove = side.texts('remove') ?? []
  for (const one of remove) checkName(side, 'remove', one, false)
  return { set: readValues(side, 'set', name === 'request'), add: readValues(side, 'add', name === 'request'), remove }
}

function withoutAuthority(values: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...values].filter(([name]) => !namesAuthority(name)))
}

/** Reads `headers` of a rule or of a destination; undefined when there are none. */
export function readHeaders(fields: Fields): HttpHeaders | undefined {
  const headers = fields.fields('headers', sides)
  if (headers === undefined) return undefined
  const { set, add, remove } = readSide(headers, 'request')
  const authorities = [...set, ...add].filter(([name, text]) => namesAuthority(name) && text !== '')
  return {
    request: { set: withoutAuthority(set), add: withoutAuthority(add), remove },
    response: readSide(headers, 'response'),
    authority: authorities[0]?.[1],
    authorities: authorities.length,
  }
}

function nativeSide({ set, add, remove }: Operations): HeaderOperations | undefined {
  if (set.size + add.size + remove.length === 0) return undefined
  return {
    ...(set.size === 0 ? {} : { set: Object.fromEntries(set) }),
    ...(add.size === 0 ? {} : { add: Object.fromEntries(add) }),
    ...(remove.length === 0 ? {} : { remove }),
  }
}

/** Operations as native ones; undefined when there are none. The authority is not among them. */
export function toRouteHeaders({ request, response }: HttpHeaders): RouteHeaders | undefined {
  const calls = nativeSide(request)
  const replies = nativeSide(response)
  if (calls === undefined && replies === undefined) return undefined
  return { ...(calls === undefined ? {} : { request: calls }), ...(replies === undefined ? {} : { response: replies }) }
}

/** Operations of a destination, whose authority natively is the header `host`: a literal, so `%` stands for itself. */
export function toDestinationHeaders(headers: HttpHeaders): RouteHeaders | undefined {
  const { authority, request } = headers
  if (authority === undefined) return toRouteHeaders(headers)
  const set = new Map([...request.set, ['host', authority.replaceAll('%', '%%')] as const])
  return toRouteHeaders({ ...headers, request: { ...request, set } })
}

function inOrder(first: Operations, second: Operations): readonly [Operations, Operations] {
  return [
    { ...first, remove: [...first.remove, ...second.remove] },
    { ...second, remove: [] },
  ]
}

/**
 * Istio appends the operations of a single destination to those of the rule: Envoy removes what either removes, does
 * what the rule says, then what the destination says. Natively the destination's come first, so the two change places.
 */
export function inRuleOrder(rule: HttpHeaders, destination: HttpHeaders): readonly [HttpHeaders, HttpHeaders] {
  const [firstCalls, thenCalls] = inOrder(rule.request, destination.request)
  const [firstReplies, thenReplies] = inOrder(rule.response, destination.response)
  return [
    { ...rule, request: firstCalls, response: firstReplies },
    { ...destination, request: thenCalls, response: thenReplies },
  ]
}
