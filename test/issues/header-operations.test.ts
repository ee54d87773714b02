import { expect, it } from 'vitest'
import type { MeshError } from '../../src/index.js'
import { outcome } from '../faults/outcomes.js'
import { expectNothingLeaks, meshTo, serving } from '../faults/scaffold.js'

expectNothingLeaks()

it('a header operation whose value comes out empty writes no header', async () => {
  const server = await serving()
  const headers = {
    request: { set: { 'x-from': '%REQ(x-none)%', 'x-set': 'yes' }, add: { 'x-more': '%REQ(x-none)%' } },
  }
  expect(await outcome(meshTo([server], { routes: [{ headers }] }))).toBe(200)
  const [request] = server.requests
  expect(['x-from', 'x-more', 'x-set'].map((name) => request?.headers.has(name))).toEqual([false, false, true])
})

it('the status of an answer that was made here is 0 to its headers, as in Envoy', async () => {
  const headers = { response: { set: { 'x-code': '%RESPONSE_CODE%' } } }
  const mesh = meshTo([await serving()], {
    routes: [
      { match: [{ path: '/here' }], directResponse: { status: 418 }, headers },
      { match: [{ path: '/nowhere' }], to: 'missing', headers },
      { headers },
    ],
    allowUnknownDestinations: true,
  })
  const told = async (path: string): Promise<unknown> =>
    mesh.request({ service: 'api', path }).then(
      (reply) => reply.headers.get('x-code'),
      (error: MeshError) => error.headers?.['x-code'],
    )
  expect([await told('/here'), await told('/nowhere'), await told('/')]).toEqual(['0', '0', '200'])
})

it('values that are added twice to the reply of an error stand in it both', async () => {
  const server = await serving({ hang: 'body' })
  const mesh = meshTo([server], {
    routes: [
      {
        headers: { response: { add: { 'x-via': 'route' } } },
        to: [{ service: 'api', weight: 1, headers: { response: { add: { 'x-via': 'leg' } } } }],
      },
    ],
    limits: { maxConnections: 1, maxPendingRequests: 0 },
  })
  const first = await mesh.request({ service: 'api' })
  const refused = await mesh.request({ service: 'api' }).catch((error: unknown) => error)
  first.body.cancel()
  expect(refused).toMatchObject({ headers: { 'x-via': 'leg,route' } })
})
