import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/core/clock.js'
import { MeshError } from '../../src/core/errors.js'
import type { TlsContext } from '../../src/core/tls.js'
import { clientTls } from '../../src/identity/client-tls.js'
import { createConnector } from '../../src/transport/connector.js'
import { Authority } from '../identity/authority.js'
import { listen, stateOf } from '../identity/sockets.js'

const authority = Authority.root('A')

/** A connection to a server under mutual TLS, and how often each judge of its identity was asked. */
async function connectBy(verify: TlsContext['verify'] | 'own', notAfter?: TlsContext['notAfter']) {
  const server = await listen(stateOf(authority.credentials('spiffe://td.a/ns/shop/sa/api')))
  const own = clientTls({
    tls: 'mutual',
    identity: stateOf(authority.credentials('spiffe://td.a/ns/shop/sa/web')),
  })?.current()
  if (own === undefined) throw new Error('no TLS')
  const asked = { byNode: 0, byVerify: 0 }
  const judge = verify === 'own' ? own.verify?.bind(own) : verify
  const context: TlsContext = {
    generation: '1',
    ...(notAfter === undefined ? {} : { notAfter }),
    options: {
      ...own.options,
      checkServerIdentity(...args) {
        asked.byNode++
        return own.options.checkServerIdentity?.(...args)
      },
    },
    ...(judge === undefined
      ? {}
      : {
          verify(socket) {
            asked.byVerify++
            return judge(socket)
          },
        }),
  }
  const { port } = server
  const connect = createConnector({
    endpoint: { id: 'one', scheme: 'https', host: '127.0.0.1', port, origin: `https://127.0.0.1:${port}` },
    tls: context,
    connectTimeoutMs: 5_000,
    keepAlive: true,
    keepAliveMs: 60_000,
    clock: systemClock,
    onConnected: () => {},
  })
  const outcome = await new Promise<Socket | Error>((resolve) => {
    connect({ replying: false, readOn: () => {} }, (error, socket) => resolve(error ?? socket))
  })
  if (!(outcome instanceof Error)) outcome.destroy()
  return { asked, refused: outcome instanceof Error ? outcome : undefined }
}

describe('a connection that proves its identity', () => {
  it('is judged once, by the context', async () => {
    const { asked, refused } = await connectBy('own')
    expect(refused).toBeUndefined()
    expect(asked).toEqual({ byNode: 0, byVerify: 1 })
  })

  it('fails with the reason of the refusal', async () => {
    const reason = new MeshError('ERR_MESH_PEER_IDENTITY', 'somebody else')
    const { refused } = await connectBy(() => reason)
    expect(refused).toBe(reason)
  })

  it('fails when its certificate is over already', async () => {
    const { refused } = await connectBy('own', () => Date.now() - 1)
    expect(refused).toMatchObject({ meshCode: 'ERR_MESH_TLS', message: expect.stringContaining('has expired') })
  })

  it('is judged by Node where the context has no judge of its own', async () => {
    const { asked, refused } = await connectBy(undefined)
    expect(refused).toBeUndefined()
    expect(asked).toEqual({ byNode: 1, byVerify: 0 })
  })
})
