import { describe, expect, it } from 'vitest'
import { hygiene } from '../../src/server/hygiene.js'
import { inbound, run } from '../auth/scaffold.js'

describe('a request that is refused for its form', () => {
  it.each<[string, boolean, string | undefined]>([
    ['ends a connection of TLS, of whose peer nothing is known yet', true, 'close'],
    ['ends no other', false, undefined],
  ])('%s', async (_what, encrypted, connection) => {
    const call = inbound({ host: 'a b' }, { encrypted })
    expect((await run(hygiene(), call)).status).toBe(400)
    expect(call.replyHeaders.get('connection')).toBe(connection)
  })
})
