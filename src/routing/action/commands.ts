import { hostname } from 'node:os'
import type { ClientCall } from '../../core/call.js'
import type { Clock } from '../../core/clock.js'
import type { HeaderMap } from '../../core/headers.js'
import { queryValue } from '../../core/query.js'
import { pathOf } from '../../core/url.js'
import { headerValue } from '../header-value.js'
import { silentCommands } from './silent-commands.js'
import { compileTimeFormat } from './time-format.js'

/** Makes the text for a call; headers and status of the answer are there once there is one. Empty for what is not there. */
export type Format = (call: ClientCall, answer: HeaderMap | undefined, status: number) => string

/** Makes the format of a command from what stands in its parentheses; undefined without any. Throws an Error. */
type Command = (argument: string | undefined, clock: Clock) => Format

const pseudo: Readonly<Record<string, (call: ClientCall) => string>> = {
  ':path': (call) => call.path,
  ':method': (call) => call.method,
  ':authority': (call) => call.authority,
  ':scheme': (call) => call.scheme,
  host: (call) => call.authority,
}

function firstValue(headers: HeaderMap | undefined, name: string): string | undefined {
  return headers?.getAll(name)[0]?.trim()
}

function needed(argument: string | undefined): string {
  if (argument === undefined || argument === '') throw new Error('needs an argument in parentheses')
  return argument
}

/** `X?Y`: Y where X is missing. */
function names(argument: string | undefined): [string, string | undefined] {
  const [main = '', other, ...more] = needed(argument).toLowerCase().split('?')
  if (more.length > 0) throw new Error('takes a header and at most one in its place')
  return [main, other]
}

function requestHeader(call: ClientCall, name: string): string | undefined {
  return Object.hasOwn(pseudo, name) ? pseudo[name]?.(call) : firstValue(call.headers, name)
}

const request: Command = (argument) => {
  const [main, other] = names(argument)
  return (call) => requestHeader(call, main) ?? (other === undefined ? '' : (requestHeader(call, other) ?? ''))
}

const response: Command = (argument) => {
  const [main, other] = names(argument)
  return (_, answer) => firstValue(answer, main) ?? (other === undefined ? '' : (firstValue(answer, other) ?? ''))
}

/** Who calls us, as a sidecar knows it: the client of a gateway, the last of `x-forwarded-for`, else this process. */
function remoteAddress(call: ClientCall): string {
  if (call.clientAddress !== undefined) return call.clientAddress
  const list = headerValue(call.headers, 'x-forwarded-for')
  return list?.slice(list.lastIndexOf(',') + 1).trim() || '127.0.0.1'
}

/** `PATH(WQ:ORIG)`: with or without the query, of the path that came or of the one that goes out. */
const path: Command = (argument) => {
  const [query = 'WQ', which = 'ORIG_OR_PATH', ...more] =
    argument === undefined || argument === '' ? [] : argument.split(':')
  if (!['WQ', 'NQ'].includes(query) || !['PATH', 'ORIG', 'ORIG_OR_PATH'].includes(which) || more.length > 0)
    throw new Error('takes WQ or NQ, then PATH, ORIG or ORIG_OR_PATH')
  return (call) => {
    const original = which === 'PATH' ? undefined : call.headers.get('x-envoy-original-path')
    const target = original ?? (which === 'ORIG' ? '' : call.path)
    return query === 'NQ' ? pathOf(target) : target
  }
}

/** Escapes that are none stay. */
function unescaped(text: string): string {
  return Buffer.from(
    text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString()
}

const withPort: Command = () => (call) => {
  const address = remoteAddress(call)
  return address.includes(':') ? `[${address}]:0` : `${address}:0`
}
const always =
  (read: Format): Command =>
  () =>
    read
/** How many attempts were made. */
function attemptsOf({ tried, endpoint }: ClientCall): number {
  return tried?.length ?? (endpoint === undefined ? 0 : 1)
}
const nothing: Command = () => () => ''

const commands: Readonly<Record<string, Command>> = {
  REQ: request,
  RESP: response,
  START_TIME: (argument, clock) => {
    if (argument === undefined || argument === '') return () => new Date(clock.wallNow()).toISOString()
    const format = compileTimeFormat(argument)
    return () => format(clock.wallNow())
  },
  PROTOCOL: always(() => 'HTTP/1.1'),
  RESPONSE_CODE: always((_call, _answer, status) => String(status)),
  HOSTNAME: () => {
    const name = hostname()
    return () => name
  },
  ROUTE_NAME: always((call) => call.route?.name ?? ''),
  UPSTREAM_CLUSTER: always((call) => call.destination?.name ?? ''),
  UPSTREAM_HOST: always((call) => (call.endpoint ?? call.tried?.at(-1))?.id ?? ''),
  UPSTREAM_PROTOCOL: always((call, answer) => (answer === undefined || attemptsOf(call) === 0 ? '' : 'HTTP/1.1')),
  // Headers of calls are made when the first attempt is about to begin.
  UPSTREAM_REQUEST_ATTEMPT_COUNT: always((call, answer) =>
    String(answer === undefined ? (call.tried?.length ?? 1) : attemptsOf(call)),
  ),
  DOWNSTREAM_REMOTE_ADDRESS: withPort,
  DOWNSTREAM_DIRECT_REMOTE_ADDRESS: withPort,
  DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT: always(remoteAddress),
  DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT: always(remoteAddress),
  QUERY_PARAM: (argument) => {
    const name = needed(argument)
    return (call) => unescaped(queryValue(call.path, name) ?? '')
  },
  PATH: path,
  ENVIRONMENT: (argument) => {
    const name = needed(argument)
    return () => process.env[name] ?? ''
  },
  TRAILER: nothing,
  GRPC_STATUS: (_, clock) => response('grpc-status', clock),
}

/** The format of a command by Envoy's name. Throws an Error for one that Envoy does not have. */
export function compileCommand(name: string, argument: string | undefined, clock: Clock): Format {
  const command = Object.hasOwn(commands, name) ? commands[name] : silentCommands.has(name) ? nothing : undefined
  if (command === undefined) throw new Error(`has the unknown command %${name}%`)
  try {
    return command(argument, clock)
  } catch (error) {
    throw new Error(`%${name}% ${error instanceof Error ? error.message : 'is not understood'}`, { cause: error })
  }
}
