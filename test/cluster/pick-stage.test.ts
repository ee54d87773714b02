import { describe, expect, it } from 'vitest'
import { pickStage } from '../../src/cluster/index.js'
import { MeshError } from '../../src/core/errors.js'
import { HeaderMap } from '../../src/core/headers.js'
import { directReply, Reply } from '../../src/core/reply.js'
import { type BodySource, ReplyBody } from '../../src/core/reply-body.js'
import { bed, call, hosts, viewOf } from './scaffold.js'

const source: BodySource = { pause() {}, resume() {}, cancel() {} }

describe('the pick stage', () => {
  it('sets the endpoint and counts the call until the body ends', async () => {
    const { cluster, at } = bed(hosts(1))
    const pick = pickStage(viewOf(cluster, {}, Math.random))
    const attempt = call()
    const body = new ReplyBody(source)
    const reply = await pick(attempt, (inner) => {
      expect(inner.endpoint).toBe(at(0))
      expect(at(0).active).toBe(1)
      return Promise.resolve(new Reply(200, new HeaderMap(), body))
    })
    expect(attempt.tried).toBeUndefined()
    expect(at(0).active).toBe(1)
    body.complete(undefined)
    expect(at(0).active).toBe(0)
    expect(reply.status).toBe(200)
  })

  it.each([
    ['a body that is there already', () => Promise.resolve(directReply(200, {}, 'ok')), true],
    ['a rejection', () => Promise.reject(new MeshError('ERR_MESH_CONNECT', 'refused')), false],
  ])('stops counting after %s', async (_, next, resolves) => {
    const { cluster, at } = bed(hosts(1))
    const pick = pickStage(viewOf(cluster, {}, Math.random))
    const outcome = await pick(call(), next).then(
      () => true,
      () => false,
    )
    expect(outcome).toBe(resolves)
    expect(at(0).active).toBe(0)
  })

  it('stops counting after a cut body', async () => {
    const { cluster, at } = bed(hosts(1))
    const body = new ReplyBody(source)
    const pick = pickStage(viewOf(cluster, {}, Math.random))
    await pick(call(), () => Promise.resolve(new Reply(200, new HeaderMap(), body)))
    body.fail(new MeshError('ERR_MESH_TRUNCATED', 'cut'))
    expect(at(0).active).toBe(0)
  })

  it('avoids where a call that is sent again has been before', async () => {
    const { cluster } = bed(hosts(3))
    const pick = pickStage(viewOf(cluster, {}, Math.random))
    const again = call()
    for (let i = 0; i < 3; i++) await pick(again, () => Promise.resolve(directReply(503)))
    expect(new Set(again.tried?.map(({ id }) => id)).size).toBe(3)
  })

  it('avoids where a call has been on the forks that are made of it later', async () => {
    const { cluster } = bed(hosts(3))
    const pick = pickStage(viewOf(cluster, {}, Math.random))
    const parent = call()
    await pick(parent, () => Promise.resolve(directReply(503)))
    for (let i = 0; i < 2; i++) await pick(parent.fork(), () => Promise.resolve(directReply(503)))
    expect(new Set(parent.tried?.map(({ id }) => id)).size).toBe(3)
  })

  it('adds to the list that the forks of a call share', async () => {
    const { cluster } = bed(hosts(2))
    const pick = pickStage(viewOf(cluster, {}, Math.random))
    const parent = call()
    parent.tried = []
    await pick(parent.fork(), () => Promise.resolve(directReply(503)))
    await pick(parent.fork(), () => Promise.resolve(directReply(200)))
    expect(new Set(parent.tried.map(({ id }) => id))).toEqual(new Set(['h0:80', 'h1:80']))
  })

  it.each([
    ['no endpoints', 0, '"reviews" has no endpoints'],
    ['only ejected endpoints', 2, '"reviews" has only ejected endpoints'],
  ])('rejects as Envoy does when there are %s', async (_, n, message) => {
    const { cluster } = bed(hosts(n))
    for (const endpoint of cluster.endpoints) endpoint.ejected = true
    const view = viewOf(cluster, { panicThresholdPercent: 0 }, Math.random)
    await expect(pickStage(view)(call(), () => Promise.resolve(directReply(200)))).rejects.toMatchObject({
      code: 'ERR_MESH_NO_HEALTHY_ENDPOINT',
      status: 503,
      flag: 'UH',
      origin: 'local',
      service: 'reviews',
      body: 'no healthy upstream',
      detail: 'no_healthy_upstream',
      message,
    })
  })
})
