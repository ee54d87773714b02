import { expect, it } from 'vitest'
import { MeshError, type MeshErrorDetails } from '../../src/core/errors.js'
import { isStale, ownExpiry } from '../../src/core/stale.js'

it.each<[string, MeshErrorDetails, boolean]>([
  ['a kept connection that its peer had closed', { origin: 'local', detail: 'connection termination' }, true],
  ['a connection that its peer ended', {}, false],
  ['one that ended with our own certificate', { origin: 'local', detail: ownExpiry }, false],
])('%s is stale: %#', (_what, details, stale) => {
  expect(isStale(new MeshError('ERR_MESH_RESET_BEFORE_RESPONSE', 'lost', details))).toBe(stale)
})
