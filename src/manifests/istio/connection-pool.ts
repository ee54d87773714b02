import type { LimitsOptions } from '../../resilience/concurrency/options.js'
import type { ConnectionPoolOptions } from '../../transport/options.js'
import type { Fields, Unsupported, Vocabulary } from '../fields.js'
import { readDurationMs } from './duration.js'
import type { ConnectionPoolBlock } from './policy.js'

function ignored(what: string): Unsupported {
  return { severity: 'warning', message: `${what} not done yet: the field is ignored.` }
}

const tcp: Vocabulary = {
  known: ['maxConnections', 'connectTimeout', 'tcpKeepalive', 'maxConnectionDuration', 'idleTimeout'],
}

const http: Vocabulary = {
  known: [
    'http1MaxPendingRequests',
    'http2MaxRequests',
    'maxRetries',
    'maxRequestsPerConnection',
    'idleTimeout',
    'h2UpgradePolicy',
    'useClientProtocol',
  ],
  unsupported: {
    maxConcurrentStreams: ignored('HTTP/2 to endpoints is'),
    http2KeepAlive: ignored('HTTP/2 to endpoints is'),
  },
}

/** Istio's "no limit". */
const unlimited = 4_294_967_295

/** 0 is Istio's "unset". */
function limit(fields: Fields | undefined, name: string): number | undefined {
  const value = fields?.integer(name, { min: 0, max: unlimited })
  return value === 0 || value === unlimited ? undefined : value
}

function checkProtocol(fields: Fields | undefined): void {
  fields?.integer('maxConcurrentStreams', { min: 0, max: 2_147_483_647 })
  const upgrade = fields?.oneOf('h2UpgradePolicy', ['DEFAULT', 'DO_NOT_UPGRADE', 'UPGRADE'])
  const client = fields?.flag('useClientProtocol')
  if (upgrade === 'UPGRADE' && client === true)
    fields?.error('useClientProtocol', 'invalid-value', 'It excludes h2UpgradePolicy UPGRADE.')
  else if (upgrade === 'UPGRADE')
    fields?.warn('h2UpgradePolicy', 'h2-upgrade', 'Endpoints are called by HTTP/1.1: HTTP/2 is not supported yet.')
  else if (client === true)
    fields?.warn('useClientProtocol', 'unsupported-field', 'Endpoints are called by HTTP/1.1, whatever the caller has.')
}

/** What waits is not bounded in Istio unless it is said to be; natively it is. */
function readLimits(tcpFields: Fields | undefined, httpFields: Fields | undefined): LimitsOptions | undefined {
  const maxConnections = limit(tcpFields, 'maxConnections')
  const given = limit(httpFields, 'http1MaxPendingRequests')
  const maxPendingRequests = given ?? (maxConnections === undefined ? undefined : unlimited)
  const maxRequests = limit(httpFields, 'http2MaxRequests')
  const maxRetries = limit(httpFields, 'maxRetries')
  const limits: LimitsOptions = {
    ...(maxConnections === undefined ? {} : { maxConnections }),
    ...(maxPendingRequests === undefined ? {} : { maxPendingRequests }),
    ...(maxRequests === undefined ? {} : { maxRequests }),
    ...(maxRetries === undefined ? {} : { maxRetries }),
  }
  return Object.keys(limits).length === 0 ? undefined : limits
}

function readKeepAlive(tcpFields: Fields | undefined): ConnectionPoolOptions {
  const fields = tcpFields?.fields('tcpKeepalive', { known: ['probes', 'time', 'interval'] })
  if (fields === undefined) return {}
  const time = readDurationMs(fields, 'time')
  fields.integer('probes', { min: 0, max: unlimited })
  readDurationMs(fields, 'interval')
  for (const name of ['probes', 'interval'])
    if (fields.has(name)) fields.warn(name, 'unsupported-field', 'The operating system decides: the field is ignored.')
  return { keepAlive: true, ...(time === undefined ? {} : { keepAliveTime: Math.max(1_000, time) }) }
}

function readConnections(
  tcpFields: Fields | undefined,
  httpFields: Fields | undefined,
): ConnectionPoolOptions | undefined {
  const tcpIdle = readDurationMs(tcpFields, 'idleTimeout', { min: 0 })
  const idleTimeout = readDurationMs(httpFields, 'idleTimeout') ?? tcpIdle
  const maxDuration = readDurationMs(tcpFields, 'maxConnectionDuration')
  const requests = httpFields?.integer('maxRequestsPerConnection', { min: 0, max: 536_870_912 }) ?? 0
  const connections: ConnectionPoolOptions = {
    ...(idleTimeout === undefined ? {} : { idleTimeout }),
    ...(maxDuration === undefined ? {} : { maxDuration }),
    ...(requests === 0 ? {} : { maxRequestsPerConnection: requests }),
    ...readKeepAlive(tcpFields),
  }
  return Object.keys(connections).length === 0 ? undefined : connections
}

/** Compiles `connectionPool`: what is absent is not limited, and connects within 10 s. */
export function compileConnectionPool(policy: Fields): ConnectionPoolBlock | undefined {
  const fields = policy.fields('connectionPool', { known: ['tcp', 'http'] })
  if (fields === undefined) return undefined
  if (!fields.has('tcp') && !fields.has('http'))
    policy.error('connectionPool', 'missing-field', 'It needs "tcp" or "http".')
  const tcpFields = fields.fields('tcp', tcp)
  const httpFields = fields.fields('http', http)
  checkProtocol(httpFields)
  return {
    at: policy.place('connectionPool'),
    limits: readLimits(tcpFields, httpFields),
    connectTimeout: readDurationMs(tcpFields, 'connectTimeout'),
    connections: readConnections(tcpFields, httpFields),
  }
}
