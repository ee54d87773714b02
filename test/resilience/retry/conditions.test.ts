import { describe, expect, it } from 'vitest'
import { MeshError } from '../../../src/core/errors.js'
import { directReply } from '../../../src/core/reply.js'
import { compileConditions, type RetryCondition, retryTokens } from '../../../src/resilience/retry/conditions.js'
import { callTo } from '../upstream.js'

/** Sorted, so that a row says what must be retried by exactly which words. */
function words(judge: (on: RetryCondition[]) => string | undefined): string[] {
  return ([...retryTokens, 'attempt-timeout'] as const).filter((token) => judge([token]) !== undefined).sort()
}

describe('retry_on for replies', () => {
  it.each<[number, string[]]>([
    [200, []],
    [404, []],
    [409, ['retriable-4xx']],
    [429, []],
    [500, ['5xx']],
    [501, ['5xx']],
    [502, ['5xx', 'gateway-error']],
    [503, ['5xx', 'gateway-error']],
    [504, ['5xx', 'gateway-error']],
    [599, ['5xx']],
  ])('%i is retried by %j', (status, expected) => {
    expect(words((on) => compileConditions(on).ofReply(directReply(status), callTo()))).toEqual(expected)
  })

  it('takes a number for a status', () => {
    const conditions = compileConditions([429, 404])
    expect(conditions.ofReply(directReply(404), callTo())).toBe('retriable-status-codes')
    expect(conditions.ofReply(directReply(403), callTo())).toBeUndefined()
  })

  it('lets x-envoy-ratelimited overrule every other word', () => {
    const reply = directReply(503, { 'x-envoy-ratelimited': 'true' })
    const others = retryTokens.filter((token) => token !== 'envoy-ratelimited')
    expect(compileConditions([...others, 503]).ofReply(reply, callTo())).toBeUndefined()
    expect(compileConditions([...others, 'envoy-ratelimited']).ofReply(reply, callTo())).toBe('envoy-ratelimited')
    expect(compileConditions(['envoy-ratelimited']).ofReply(directReply(429), callTo())).toBeUndefined()
  })

  it('tests reply headers for retriable-headers only', () => {
    const headers = { 'X-Retry': { prefix: 'y' } }
    const reply = directReply(200, { 'x-retry': 'yes' })
    expect(compileConditions(['retriable-headers'], headers).ofReply(reply, callTo())).toBe('retriable-headers')
    expect(compileConditions(['retriable-headers'], headers).ofReply(directReply(200), callTo())).toBeUndefined()
    expect(compileConditions(['5xx'], headers).ofReply(reply, callTo())).toBeUndefined()
  })

  it.each([
    ['1', 'cancelled'],
    ['4', 'deadline-exceeded'],
    ['8', 'resource-exhausted'],
    ['13', 'internal'],
    ['14', 'unavailable'],
  ])('finds grpc-status %s in the headers of a gRPC reply: %s', (code, token) => {
    const grpc = callTo('POST', { headers: { 'content-type': 'application/grpc+proto' } })
    const reply = directReply(200, { 'grpc-status': code })
    expect(words((on) => compileConditions(on).ofReply(reply, grpc))).toEqual([token])
    expect(words((on) => compileConditions(on).ofReply(reply, callTo('POST')))).toEqual([])
  })
})

describe('retry_on for failures', () => {
  const any = ['5xx', 'gateway-error', 'reset']
  const refused = { detail: 'upstream_reset_before_response_started{remote refused stream reset}' }

  it.each<[string, MeshError, boolean, string[]]>([
    [
      'a connection that failed',
      new MeshError('ERR_MESH_CONNECT', ''),
      false,
      ['connect-failure', 'reset-before-request'],
    ],
    [
      'a connect timeout',
      new MeshError('ERR_MESH_CONNECT_TIMEOUT', ''),
      false,
      ['connect-failure', 'reset-before-request'],
    ],
    ['failed TLS', new MeshError('ERR_MESH_TLS', ''), false, ['connect-failure', 'reset-before-request']],
    ['a wrong peer', new MeshError('ERR_MESH_PEER_IDENTITY', ''), false, ['connect-failure', 'reset-before-request']],
    [
      'a reset before the request',
      new MeshError('ERR_MESH_RESET_BEFORE_RESPONSE', ''),
      false,
      ['reset-before-request'],
    ],
    ['a reset after the request', new MeshError('ERR_MESH_RESET_BEFORE_RESPONSE', ''), true, []],
    ['a malformed reply', new MeshError('ERR_MESH_PROTOCOL', ''), true, []],
    ['an attempt timeout', new MeshError('ERR_MESH_ATTEMPT_TIMEOUT', ''), false, ['attempt-timeout']],
    ['a refused stream', new MeshError('ERR_MESH_RESET_BEFORE_RESPONSE', '', refused), true, ['refused-stream']],
  ])('%s', (_, error, sent, more) => {
    const attempt = callTo()
    attempt.sent = sent
    expect(words((on) => compileConditions(on).ofError(error, attempt))).toEqual([...any, ...more].sort())
  })

  it.each([
    'ERR_MESH_TIMEOUT',
    'ERR_MESH_OVERFLOW',
    'ERR_MESH_CIRCUIT_OPEN',
    'ERR_MESH_NO_HEALTHY_ENDPOINT',
    'ERR_MESH_ABORTED',
    'ERR_MESH_BODY_USED',
    'ERR_MESH_CLOSED',
    'ERR_MESH_TRUNCATED',
  ] as const)('%s is retried by no word', (code) => {
    expect(words((on) => compileConditions(on).ofError(new MeshError(code, ''), callTo()))).toEqual([])
  })
})
