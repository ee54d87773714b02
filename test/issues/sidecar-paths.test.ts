import { expect, it } from 'vitest'
import { outcome } from '../faults/outcomes.js'
import { expectNothingLeaks, meshTo, serving } from '../faults/scaffold.js'

expectNothingLeaks()

// Istio configures its sidecars so; a service of a native config sees paths byte for byte.
it.each([
  ['/%61pi', '/api', '/%61pi'],
  ['/a/../b', '/b', '/a/../b'],
  ['/a/./b', '/a/b', '/a/./b'],
  ['/a/..;/b', '/b', '/a/..;/b'],
  ['/a%2Fb', '/a%2Fb', '/a%2Fb'],
])('%s reaches the upstream of a sidecar as %s, and any other as it is', async (path, normalised, asItIs) => {
  const sidecar = await serving()
  await outcome(meshTo([sidecar], { envoyHeaders: true }), { path })
  const plain = await serving()
  await outcome(meshTo([plain]), { path })
  expect([sidecar.requests[0]?.path, plain.requests[0]?.path]).toEqual([normalised, asItIs])
})
