import type { FaultOptions } from '../../routing/fault/options.js'
import type { Fields, Vocabulary } from '../fields.js'
import { readDurationMs, readPercentage } from './duration.js'

const delayVocabulary: Vocabulary = { known: ['fixedDelay', 'exponentialDelay', 'percentage', 'percent'] }
const abortVocabulary: Vocabulary = {
  known: ['httpStatus', 'grpcStatus', 'http2Error', 'percentage'],
  unsupported: { percent: { severity: 'warning', message: 'Istio ignores it; "percentage" is what counts.' } },
}

/** The HTTP status by which Envoy tells a gRPC status to callers that do not speak gRPC. */
const grpcStatuses: Readonly<Record<string, number>> = {
  OK: 200,
  CANCELLED: 499,
  UNKNOWN: 500,
  INVALID_ARGUMENT: 400,
  DEADLINE_EXCEEDED: 504,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  PERMISSION_DENIED: 403,
  RESOURCE_EXHAUSTED: 429,
  FAILED_PRECONDITION: 400,
  ABORTED: 409,
  OUT_OF_RANGE: 400,
  UNIMPLEMENTED: 501,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  DATA_LOSS: 500,
  UNAUTHENTICATED: 401,
}

function readShare(fields: Fields): number | undefined {
  const share = readPercentage(fields, 'percentage')
  if (share !== undefined && share > 0 && share < 0.0001)
    fields.error('percentage', 'invalid-value', 'must be 0, or at least 0.0001.')
  return share
}

function readDelay(fault: Fields): FaultOptions['delay'] {
  const fields = fault.fields('delay', delayVocabulary)
  if (fields === undefined) return undefined
  // A share that is not given is none: nothing happens.
  const percentage = readShare(fields) ?? fields.integer('percent', { min: 0, max: 100 }) ?? 0
  if (fields.has('exponentialDelay'))
    fields.error('exponentialDelay', 'invalid-value', 'Istio does not have it yet; take fixedDelay.')
  const duration = readDurationMs(fields, 'fixedDelay')
  if (duration !== undefined) return { duration, percentage }
  if (!fields.has('fixedDelay')) fault.warn('delay', 'missing-field', 'There is no fixedDelay, so nothing is delayed.')
  return undefined
}

function readGrpcStatus(fields: Fields): number | undefined {
  const name = fields.text('grpcStatus')
  if (name === undefined) return undefined
  const status = Object.hasOwn(grpcStatuses, name) ? grpcStatuses[name] : undefined
  if (status === undefined) fields.error('grpcStatus', 'invalid-value', `"${name}" is no status of gRPC.`)
  else fields.warn('grpcStatus', 'unsupported-field', `Calls are answered with the HTTP status ${status} instead.`)
  return status
}

function readAbort(fault: Fields): FaultOptions['abort'] {
  const fields = fault.fields('abort', abortVocabulary)
  if (fields === undefined) return undefined
  const percentage = readShare(fields) ?? 0
  const kinds = ['httpStatus', 'grpcStatus', 'http2Error'].filter((kind) => fields.has(kind))
  if (kinds.length > 1) fault.error('abort', 'invalid-value', `One of ${kinds.join(', ')} at most.`)
  if (fields.has('http2Error')) fields.error('http2Error', 'invalid-value', 'Istio does not have it yet.')
  const status = fields.integer('httpStatus', { min: 200, max: 599 }) ?? readGrpcStatus(fields)
  if (kinds.length === 0) fault.warn('abort', 'missing-field', 'There is no httpStatus, so nothing is aborted.')
  return status === undefined ? undefined : { status, percentage }
}

/** Reads `fault`; undefined when there is none, or none that ever happens. */
export function readFault(http: Fields): FaultOptions | undefined {
  const fields = http.fields('fault', { known: ['delay', 'abort'] })
  if (fields === undefined) return undefined
  if (!fields.has('delay') && !fields.has('abort'))
    http.error('fault', 'missing-field', 'A fault needs a delay, an abort or both.')
  const delay = readDelay(fields)
  const abort = readAbort(fields)
  if (delay === undefined && abort === undefined) return undefined
  return { ...(delay === undefined ? {} : { delay }), ...(abort === undefined ? {} : { abort }) }
}
