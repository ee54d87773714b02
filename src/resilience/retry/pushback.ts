import type { Reply } from '../../core/reply.js'

const whole = /^\d{1,9}$/

/**
 * What a gRPC server says about retries in `grpc-retry-pushback-ms` (gRFC A6): how long to wait, ms; `refused` where it
 * is negative or garbage, which forbids the retry; undefined where it says nothing.
 */
export function grpcPushback(reply: Reply): number | 'refused' | undefined {
  const value = reply.headers.get('grpc-retry-pushback-ms')
  if (value === undefined) return undefined
  return whole.test(value) ? Number(value) : 'refused'
}
