import { expect, it } from 'vitest'
import { grpcStatus } from '../../../src/cluster/outlier-detection/grpc-status.js'
import { HeaderMap } from '../../../src/core/headers.js'

it.each([
  ['0', 200, 200],
  ['1', 200, 499],
  ['4', 200, 504],
  ['8', 200, 429],
  ['14', 200, 503],
  ['16', 200, 401],
  ['99', 200, 500],
  ['x', 200, 500],
  [undefined, 200, 200],
  ['14', 404, 404],
])('grpc-status %s beside status %i counts as %i', (code, status, expected) => {
  expect(grpcStatus(HeaderMap.from({ 'grpc-status': code }), status)).toBe(expected)
})
