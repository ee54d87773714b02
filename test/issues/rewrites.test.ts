import { expect, it } from 'vitest'
import { expectNothingLeaks, meshTo, serving } from '../faults/scaffold.js'

expectNothingLeaks()

it('a pattern that takes the whole path replaces it once, as in RE2', async () => {
  const server = await serving()
  const mesh = meshTo([server], { routes: [{ rewrite: { regex: { pattern: '.*', substitution: '/all' } } }] })
  await mesh.request({ service: 'api', path: '/a/b?q' })
  expect(server.requests[0]?.path).toBe('/all?q')
})

it('a direct response that looks like a redirect says where the call went, as in Envoy', async () => {
  const mesh = meshTo([await serving()], { routes: [{ directResponse: { status: 302 } }] })
  const reply = await mesh.request({ service: 'api', path: '/a?b' })
  expect([reply.status, reply.headers.get('location')]).toEqual([302, 'http://api/a?b'])
})
