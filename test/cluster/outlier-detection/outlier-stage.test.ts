import { describe, expect, it } from 'vitest'
import { outlierStage } from '../../../src/cluster/index.js'
import type { ClientCall } from '../../../src/core/call.js'
import { type Classifier, httpClassifier } from '../../../src/core/classifier.js'
import type { MeshErrorCode } from '../../../src/core/error-codes.js'
import { MeshError, type MeshErrorDetails } from '../../../src/core/errors.js'
import { HeaderMap } from '../../../src/core/headers.js'
import type { Handler } from '../../../src/core/interceptor.js'
import { directReply, Reply } from '../../../src/core/reply.js'
import { ReplyBody } from '../../../src/core/reply-body.js'
import { type Bed, bed, call, hosts } from '../scaffold.js'

function send(pool: Bed, next: Handler<ClientCall>, classifier = httpClassifier): Promise<unknown> {
  const attempt = call()
  attempt.endpoint = pool.at(0)
  return outlierStage(pool.cluster.outliers, classifier)(attempt, next)
}

function failing(): Bed {
  const pool = bed(hosts(2))
  pool.cluster.detectOutliers({})
  pool.cluster.outliers.report(pool.at(0), 500)
  return pool
}

/** A pool with one failure on its record shows each of the three meanings. */
const meaning = (pool: Bed): string => ['success', 'neutral', 'failure'][pool.at(0).outlier.consecutive5xx] ?? 'more'

describe('what an attempt says of its endpoint', () => {
  it.each([
    [200, 'success'],
    [302, 'success'],
    [404, 'success'],
    [429, 'success'],
    [500, 'failure'],
    [503, 'failure'],
  ])('status %i: %s', async (status, expected) => {
    const pool = failing()
    await send(pool, () => Promise.resolve(directReply(status)))
    expect(meaning(pool)).toBe(expected)
  })

  it.each<[MeshErrorCode, MeshErrorDetails, string, number]>([
    ['ERR_MESH_CONNECT', {}, 'failure', 1],
    ['ERR_MESH_CONNECT_TIMEOUT', {}, 'failure', 1],
    ['ERR_MESH_TLS', {}, 'failure', 1],
    ['ERR_MESH_RESET', {}, 'failure', 1],
    ['ERR_MESH_TRUNCATED', {}, 'failure', 1],
    ['ERR_MESH_PROTOCOL', {}, 'failure', 1],
    ['ERR_MESH_ATTEMPT_TIMEOUT', {}, 'failure', 1],
    ['ERR_MESH_TIMEOUT', {}, 'failure', 1],
    ['ERR_MESH_OVERFLOW', {}, 'neutral', 0],
    ['ERR_MESH_CIRCUIT_OPEN', {}, 'neutral', 0],
    ['ERR_MESH_ABORTED', {}, 'neutral', 0],
    ['ERR_MESH_CLOSED', {}, 'neutral', 0],
  ])('%s %j: %s', async (code, details, expected, gateway) => {
    const pool = failing()
    const error = new MeshError(code, 'x', details)
    await expect(send(pool, () => Promise.reject(error))).rejects.toBe(error)
    expect(meaning(pool)).toBe(expected)
    expect(pool.at(0).outlier.consecutiveGateway).toBe(gateway)
  })

  it('the caller’s own abort reason: neutral', async () => {
    const pool = failing()
    await expect(send(pool, () => Promise.reject(new Error('bye')))).rejects.toThrow('bye')
    expect(meaning(pool)).toBe('neutral')
  })

  it.each([
    ['complete', (body: ReplyBody) => body.complete(undefined), 'success'],
    ['cut off', (body: ReplyBody) => body.fail(new MeshError('ERR_MESH_TRUNCATED', 'cut')), 'failure'],
    ['given up by the caller', (body: ReplyBody) => body.cancel(), 'success'],
  ])('a 200 whose body is %s: decided at its end', async (_, end, expected) => {
    const pool = failing()
    const body = new ReplyBody({ pause() {}, resume() {}, cancel() {} })
    await send(pool, () => Promise.resolve(new Reply(200, new HeaderMap(), body)))
    expect(meaning(pool)).toBe('neutral')
    end(body)
    expect(meaning(pool)).toBe(expected)
  })

  it.each([
    ['application/grpc+proto', 'failure'],
    ['application/grpc-web', 'success'],
    [undefined, 'success'],
  ])('a 200 with grpc-status 14 to a call of content-type %s: %s', async (type, expected) => {
    const pool = failing()
    const stage = outlierStage(pool.cluster.outliers, httpClassifier)
    const plain = call()
    plain.endpoint = pool.at(0)
    await stage(plain, () => Promise.reject(new MeshError('ERR_MESH_ABORTED', 'x'))).catch(() => {})
    const attempt = call()
    attempt.endpoint = pool.at(0)
    if (type !== undefined) attempt.headers.set('content-type', type)
    await stage(attempt, () => Promise.resolve(directReply(200, { 'grpc-status': '14' })))
    expect(meaning(pool)).toBe(expected)
  })

  it('asks the classifier of the service', async () => {
    const strict = { ...httpClassifier, status: (status: number) => (status === 418 ? 'failure' : 'success') } as const
    const pool = failing()
    await send(pool, () => Promise.resolve(directReply(418)), strict)
    expect(meaning(pool)).toBe('failure')
    const lenient: Classifier = { ...httpClassifier, status: () => 'ignored' }
    await send(pool, () => Promise.resolve(directReply(503)), lenient)
    expect(meaning(pool)).toBe('failure')
  })
})

describe('statuses that fail, by name', () => {
  const judged = async (errorStatuses: readonly number[], status: number): Promise<unknown> => {
    const pool = failing()
    const attempt = call()
    attempt.endpoint = pool.at(0)
    const stage = outlierStage(pool.cluster.outliers, httpClassifier, errorStatuses)
    await stage(attempt, () => Promise.resolve(directReply(status)))
    return { meaning: meaning(pool), gateway: pool.at(0).outlier.consecutiveGateway }
  }

  it.each([
    { status: 429, expected: { meaning: 'failure', gateway: 0 }, why: 'it is listed, and counts as 500' },
    { status: 503, expected: { meaning: 'failure', gateway: 1 }, why: 'it is listed, and counts as what it is' },
    { status: 500, expected: { meaning: 'success', gateway: 0 }, why: 'it is not listed' },
    { status: 200, expected: { meaning: 'success', gateway: 0 }, why: 'it is not listed' },
  ])('$status: $expected.meaning, as $why', async ({ status, expected }) => {
    expect(await judged([429, 503], status)).toEqual(expected)
  })
})

describe('with local failures counted apart', () => {
  const split = (): Bed => {
    const pool = bed(hosts(2))
    pool.cluster.detectOutliers({ splitLocalOriginErrors: true })
    pool.cluster.outliers.report(pool.at(0), 500)
    pool.cluster.outliers.reportExchange(pool.at(0), false)
    return pool
  }
  const counts = (pool: Bed): number[] => [pool.at(0).outlier.consecutive5xx, pool.at(0).outlier.consecutiveLocal]

  it.each<[string, Handler<ClientCall>, number[]]>([
    ['a reply 200', () => Promise.resolve(directReply(200)), [0, 0]],
    ['a reply 503', () => Promise.resolve(directReply(503)), [2, 0]],
    ['a refused connection', () => Promise.reject(new MeshError('ERR_MESH_CONNECT', 'x')), [1, 2]],
    ['an attempt that took too long', () => Promise.reject(new MeshError('ERR_MESH_ATTEMPT_TIMEOUT', 'x')), [1, 2]],
    ['our own overflow', () => Promise.reject(new MeshError('ERR_MESH_OVERFLOW', 'x')), [1, 1]],
  ])('%s: statuses and exchanges stand at %j', async (_, next, expected) => {
    const pool = split()
    await send(pool, next).catch(() => {})
    expect(counts(pool)).toEqual([expected[0], expected[1]])
  })

  it('a body that is cut off: the exchange failed, the status says nothing', async () => {
    const pool = split()
    const body = new ReplyBody({ pause() {}, resume() {}, cancel() {} })
    await send(pool, () => Promise.resolve(new Reply(200, new HeaderMap(), body)))
    body.fail(new MeshError('ERR_MESH_TRUNCATED', 'cut'))
    expect(counts(pool)).toEqual([1, 2])
  })
})

it('a gRPC reply counts by its grpc-status', async () => {
  const pool = failing()
  const attempt = call()
  attempt.endpoint = pool.at(0)
  attempt.headers.set('content-type', 'application/grpc')
  const stage = outlierStage(pool.cluster.outliers, httpClassifier)
  await stage(attempt, () => Promise.resolve(directReply(200, { 'grpc-status': '14' })))
  expect(meaning(pool)).toBe('failure')
})
