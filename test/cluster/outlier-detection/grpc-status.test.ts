import { expect, it } from 'vitest'
import { grpcStatus } from '../../../src/cluster/outlier-detection/grpc-status.js'
import { HeaderMap } from '../../../src/core/headers.js'

const grpc = { 'content-type': 'application/grpc+proto' }

it.each([
  [grpc, '0', 200, 200],
  [grpc, '1', 200, 499],
  [grpc, '4', 200, 504],
  [grpc, '8', 200, 429],
  [grpc, '14', 200, 503],
  [grpc, '16', 200, 401],
  [grpc, '99', 200, 500],
  [grpc, 'x', 200, 500],
  [grpc, undefined, 200, 200],
  [grpc, '14', 404, 404],
  [{ 'content-type': 'application/grpc-web' }, '14', 200, 200],
  [{}, '14', 200, 200],
])('a call with %j, answered grpc-status %s and status %i, counts as %i', (request, code, status, expected) => {
  expect(grpcStatus(HeaderMap.from(request), HeaderMap.from({ 'grpc-status': code }), status)).toBe(expected)
})
