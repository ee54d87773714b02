import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import https from 'node:https'
import net from 'node:net'
import tls, { type TLSSocket } from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ConfigError } from '../../src/core/config-error.js'
import { Observer } from '../../src/core/observer.js'
import type { TlsClient } from '../../src/core/tls.js'
import { clientTls } from '../../src/identity/client-tls.js'
import type { IdentityState } from '../../src/identity/identity-state.js'
import type { TlsOptions } from '../../src/identity/options.js'
import { serverTls } from '../../src/identity/server-tls.js'
import { extension, keyUsage, keyUsageBit, subjectAltName } from '../../src/identity/x509/extensions.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { Authority, type LeafOptions } from './authority.js'
import { connect, exchange, listen, Rotating, stateOf, type TestServer } from './sockets.js'

const a = Authority.root('A')
const b = Authority.root('B')
const web = 'spiffe://td.a/ns/shop/sa/web'
const api = 'spiffe://td.a/ns/shop/sa/api'
const foreign = 'spiffe://td.b/ns/shop/sa/api'
const federated = { 'td.a': a.pem, 'td.b': b.pem }

function client(identity: IdentityState, options: TlsOptions = 'mutual'): TlsClient {
  const made = clientTls({ tls: options, identity })
  if (made === undefined) throw new Error('no TLS')
  return made
}

const ping = async (port: number, tlsClient: TlsClient, more?: tls.ConnectionOptions): Promise<string> => {
  const socket = await connect(port, tlsClient.current(), more)
  const answer = await exchange(socket)
  socket.destroy()
  return answer
}

/** A connection that OpenSSL has accepted, in a version of Node that hides what the client sent beside its certificate. */
function authorized(certificate: X509Certificate): TLSSocket {
  const socket = Object.assign(new tls.TLSSocket(new net.Socket()), {
    authorized: true,
    isSessionReused: () => false,
    getPeerX509Certificate: () => certificate,
  })
  onTestFinished(() => {
    socket.destroy()
  })
  return socket
}

/** A TLS server with credentials that no state would accept. */
async function badServer(uri: string | undefined, options: LeafOptions, issuer = a) {
  const leaf = issuer.leaf(uri, options)
  const server = https.createServer({ cert: leaf.cert, key: leaf.key, ca: [a.pem, b.pem], requestCert: true })
  const seen = { port: 0, requests: 0 }
  server.on('request', () => seen.requests++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  seen.port = typeof address === 'object' && address !== null ? address.port : 0
  return { seen, close: () => server.close() }
}

describe('mutual TLS', () => {
  it('tells each side who the other is', async () => {
    const server = await listen(stateOf(a.credentials(api)))
    const us = client(stateOf(a.credentials(web)))
    const socket = await connect(server.port, us.current())
    expect(await exchange(socket)).toBe('200 ok')
    expect(server.peers).toEqual([
      expect.objectContaining({ spiffeId: web, trustDomain: 'td.a', principal: 'td.a/ns/shop/sa/web' }),
    ])
    expect(socket.alpnProtocol).toBe('http/1.1')
    expect(us.current().notAfter?.(socket)).toBeGreaterThan(Date.now())
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('speaks %s', async (version) => {
    const server = await listen(stateOf(a.credentials(api)))
    expect(
      await ping(server.port, client(stateOf(a.credentials(web))), { minVersion: version, maxVersion: version }),
    ).toBe('200 ok')
  })

  it('does not speak TLS 1.1', async () => {
    const server = await listen(stateOf(a.credentials(api)))
    const old = tls.connect({
      port: server.port,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'ALL@SECLEVEL=0',
      rejectUnauthorized: false,
    })
    const [error] = await once(old, 'error')
    expect(error.code).toMatch(/PROTOCOL_VERSION/)
    expect(server.requests).toBe(0)
  })

  it('is not to be had without an identity', () => {
    expect(() => clientTls({ tls: 'mutual' })).toThrow(ConfigError)
  })

  it('goes through intermediates on both sides', async () => {
    const middle = a.intermediate('middle')
    const under = (id: string) => {
      const { cert, key } = middle.leaf(id)
      return stateOf({ cert: cert + middle.pem, key, bundles: { 'td.a': a.pem } })
    }
    const server = await listen(under(api))
    expect(await ping(server.port, client(under(web)))).toBe('200 ok')
  })

  it('reaches federated trust domains that are named, with their own roots', async () => {
    const server = await listen(stateOf({ ...b.credentials(foreign), bundles: federated }))
    const us = stateOf({ ...a.credentials(web), bundles: federated })
    expect(await ping(server.port, client(us, { mode: 'mutual', subjectAltNames: [foreign] }))).toBe('200 ok')
    expect(server.peers[0]?.trustDomain).toBe('td.a')
    await expect(ping(server.port, client(us))).rejects.toMatchObject({ detail: 'unexpected_identity' })
  })
})

describe('a client refuses a server', () => {
  it.each([
    ['F44 of another name', [web], `expected ${web}, the peer presented ${api}`],
    [
      'outside the prefix',
      ['spiffe://td.a/ns/shop2/sa/*'],
      `expected spiffe://td.a/ns/shop2/sa/*, the peer presented ${api}`,
    ],
  ])('%s, before a byte of a request is written', async (_fact, subjectAltNames, message) => {
    const server = await listen(stateOf(a.credentials(api)))
    const us = client(stateOf(a.credentials(web)), { mode: 'mutual', subjectAltNames })
    await expect(ping(server.port, us)).rejects.toMatchObject({ code: 'ERR_MESH_PEER_IDENTITY', message })
    expect(server.requests).toBe(0)
  })

  it('accepts one of several names, and a prefix', async () => {
    const server = await listen(stateOf(a.credentials(api)))
    const us = stateOf(a.credentials(web))
    for (const subjectAltNames of [[web, api], ['spiffe://td.a/ns/shop/sa/*']])
      expect(await ping(server.port, client(us, { mode: 'mutual', subjectAltNames }))).toBe('200 ok')
  })

  it.each<[string, string | undefined, LeafOptions, Authority, string]>([
    ['X02 expired', api, { notAfterMs: Date.now() - 60_000 }, a, 'CERT_HAS_EXPIRED'],
    ['X04 without a URI name', undefined, { san: subjectAltName({ dnsNames: ['x'] }) }, a, 'ERR_MESH_PEER_IDENTITY'],
    ['X05 with two URI names', api, { san: subjectAltName({ uris: [api, web] }) }, a, 'ERR_MESH_PEER_IDENTITY'],
    [
      'X15 that may sign certificates',
      api,
      { keyUsage: keyUsage([0, keyUsageBit.keyCertSign]) },
      a,
      'ERR_MESH_PEER_IDENTITY',
    ],
    ['X20 F45 of a trust domain that another CA speaks for', foreign, {}, a, 'ERR_MESH_TLS'],
    ['X03 of an unknown CA', api, {}, Authority.root('nobody'), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    [
      'X27 with an unknown critical extension',
      api,
      { more: [extension('1.2.3.4', true, Buffer.from([5, 0]))] },
      a,
      'UNSPECIFIED',
    ],
  ])('%s', async (_fact, uri, options, issuer, code) => {
    const { seen, close } = await badServer(uri, options, issuer)
    const us = client(stateOf({ ...a.credentials(web), bundles: federated }), {
      mode: 'mutual',
      subjectAltNames: [api, web, foreign],
    })
    await expect(ping(seen.port, us)).rejects.toMatchObject({ code })
    expect(seen.requests).toBe(0)
    close()
  })

  it('in an agent too that knows nothing of `verify`', async () => {
    const server = await listen(stateOf(a.credentials(api)))
    const { options } = client(stateOf(a.credentials(web)), { mode: 'mutual', subjectAltNames: [web] }).current()
    const request = https.request({ ...options, host: '127.0.0.1', port: server.port, agent: false })
    request.end()
    const [error] = await once(request, 'error')
    expect(error).toMatchObject({ code: 'ERR_MESH_PEER_IDENTITY' })
    expect(server.requests).toBe(0)
  })

  it('and tells why, as a bounded reason', async () => {
    const server = await listen(stateOf(a.credentials(api)))
    const observer = new Observer()
    const told: unknown[] = []
    observer.on('peer-rejected', (event) => told.push(event))
    const us = clientTls({
      tls: { mode: 'mutual', subjectAltNames: [web] },
      identity: stateOf(a.credentials(web)),
      observer,
    })
    await expect(connect(server.port, us?.current() ?? { generation: '', options: {} })).rejects.toThrow()
    expect(told).toEqual([{ side: 'client', reason: 'unexpected_identity' }])
  })

  it('once our own certificate has ended', async () => {
    const clock = fakeClock({ wallMs: Date.now() })
    const server = await listen(stateOf(a.credentials(api)))
    const us = client(stateOf(a.credentials(web, { notAfterMs: Date.now() + 3_600_000 }), clock))
    expect(await ping(server.port, us)).toBe('200 ok')
    clock.jumpWall(3_600_000)
    await expect(ping(server.port, us)).rejects.toMatchObject({
      code: 'ERR_MESH_TLS',
      detail: 'own_expired',
      origin: 'local',
      retryable: false,
    })
  })
})

describe('a strict server refuses a client', () => {
  const raw = async (port: number, options: tls.ConnectionOptions): Promise<string> => {
    const socket = tls.connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options })
    socket.on('error', () => {})
    const [answer] = await Promise.all([exchange(socket)])
    return answer
  }

  it.each<[string, string | undefined, LeafOptions | undefined, Authority, string]>([
    ['X02 expired', web, { notAfterMs: Date.now() - 60_000 }, a, 'expired'],
    ['X03 of an unknown CA', web, {}, Authority.root('nobody'), 'unknown_ca'],
    ['X04 without a URI name', undefined, {}, a, 'not_an_svid'],
    ['X06 with an https URI', 'https://td.a/x', {}, a, 'not_an_svid'],
    ['X13 with a NUL in a name', undefined, { san: subjectAltName({ uris: [`${web}\0`] }) }, a, 'malformed'],
    ['X20 F45 of a trust domain that another CA speaks for', foreign, {}, a, 'unknown_ca'],
    ['X22 of an issuer that is none', web, {}, a.intermediate('no CA', { ca: false }), 'unknown_ca'],
    [
      'X27 with an unknown critical extension',
      web,
      { more: [extension('1.2.3.4', true, Buffer.from([5, 0]))] },
      a,
      'unknown_ca',
    ],
  ])('%s, before a byte of a request is read', async (_fact, uri, options, issuer, reason) => {
    const server = await listen(stateOf({ ...a.credentials(api), bundles: federated }))
    const { cert, key } = issuer.leaf(uri, options)
    expect(await raw(server.port, { cert, key })).toBe('closed')
    expect(server.requests).toBe(0)
    expect(server.rejected).toEqual([reason])
  })

  it('without a certificate', async () => {
    const server = await listen(stateOf(a.credentials(api)))
    expect(await raw(server.port, {})).toBe('closed')
    expect(server.requests).toBe(0)
    expect(server.rejected).toEqual(['no_certificate'])
  })

  it('that speaks only HTTP/2', async () => {
    const server = await listen(stateOf(a.credentials(api)))
    const { cert, key } = a.leaf(web)
    expect(await raw(server.port, { cert, key, ALPNProtocols: ['h2'] })).toBe('closed')
    expect(server.requests).toBe(0)
  })

  it('on a server of the user that is not attached: no certificate closes, a wrong one is 401', async () => {
    const server = await listen(stateOf({ ...a.credentials(api), bundles: federated }), 'strict', 'alone')
    expect(await raw(server.port, {})).toBe('closed')
    expect(server.requests).toBe(0)
    const { cert, key } = a.leaf(foreign)
    expect(await raw(server.port, { cert, key })).toMatch(/^401 /)
    expect(await ping(server.port, client(stateOf(a.credentials(web))))).toBe('200 ok')
  })

  it('once its own certificate has ended', async () => {
    const clock = fakeClock({ wallMs: Date.now() })
    const server = await listen(stateOf(a.credentials(api, { notAfterMs: Date.now() + 3_600_000 }), clock))
    clock.jumpWall(3_600_000)
    await expect(ping(server.port, client(stateOf(a.credentials(web))))).resolves.toBe('closed')
    expect(server.rejected).toEqual(['own_expired'])
  })
})

describe('a permissive server', () => {
  it('serves TLS without a certificate as anonymous, but never a bad certificate', async () => {
    const server = await listen(stateOf(a.credentials(api)), 'permissive')
    const anonymous = tls.connect({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false })
    expect(await exchange(anonymous)).toBe('200 ok')
    anonymous.destroy()
    expect(await ping(server.port, client(stateOf(a.credentials(web))))).toBe('200 ok')
    expect(server.peers.map((peer) => peer?.spiffeId)).toEqual([undefined, web])
    const { cert, key } = b.leaf(web)
    const bad = tls.connect({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false, cert, key })
    expect(await exchange(bad)).toBe('closed')
  })
})

describe('a live connection', () => {
  it('F36 is refused from the second on in which the client certificate ends', async () => {
    const clock = fakeClock({ wallMs: Date.now() })
    const server = await listen(stateOf(a.credentials(api), clock))
    const notAfterMs = Math.floor(Date.now() / 1000) * 1000 + 3_600_000
    const us = client(stateOf(a.credentials(web, { notAfterMs })))
    const socket = await connect(server.port, us.current())
    expect(us.current().notAfter?.(socket)).toBe(notAfterMs)
    expect(await exchange(socket)).toBe('200 ok')
    clock.jumpWall(notAfterMs - clock.wallNow() - 1)
    expect(await exchange(socket)).toBe('200 ok')
    clock.jumpWall(1)
    expect(await exchange(socket)).toMatch(/^401 /)
    await once(socket, 'close')
  })

  it('F35 is refused from the second on in which our own certificate ends, which is no fault of the client', async () => {
    const clock = fakeClock({ wallMs: Date.now() })
    const server = await listen(stateOf(a.credentials(api, { notAfterMs: Date.now() + 3_600_000 }), clock))
    const socket = await connect(server.port, client(stateOf(a.credentials(web))).current())
    expect(await exchange(socket)).toBe('200 ok')
    clock.jumpWall(3_600_000)
    expect(await exchange(socket)).toMatch(/^503 .*own_expired/)
    await once(socket, 'close')
  })

  it('F41 is refused once the root behind it is gone', async () => {
    const next = Authority.root('A2')
    const source = new Rotating({ ...a.credentials(api), bundles: { 'td.a': a.pem + next.pem } })
    const server = await listen(stateOf(source))
    const socket = await connect(
      server.port,
      client(stateOf({ ...a.credentials(web), bundles: { 'td.a': a.pem + next.pem } })).current(),
    )
    expect(await exchange(socket)).toBe('200 ok')
    source.rotate({ ...next.credentials(api), bundles: { 'td.a': a.pem + next.pem } })
    expect(await exchange(socket)).toBe('200 ok')
    source.rotate(next.credentials(api))
    expect(await exchange(socket)).toMatch(/^401 /)
  })
})

describe('a handshake that a rotation overtakes', () => {
  /** Connects, and begins the handshake only when the server has accepted and then rotated. */
  async function overtaken(server: TestServer, rotate: () => void, cert: string, key: string): Promise<string> {
    const accepted = once(server.server, 'connection')
    const socket = net.connect(server.port, '127.0.0.1')
    await accepted
    rotate()
    const secure = tls.connect({ socket, cert, key, rejectUnauthorized: false })
    onTestFinished(() => {
      secure.destroy()
    })
    secure.on('error', () => {})
    return exchange(secure)
  }

  it('is refused when the root behind it was withdrawn', async () => {
    const next = Authority.root('A2')
    const source = new Rotating(a.credentials(api))
    const server = await listen(stateOf(source))
    const { cert, key } = a.leaf(web)
    expect(await overtaken(server, () => source.rotate(next.credentials(api)), cert, key)).toBe('closed')
    expect(server.requests).toBe(0)
    expect(server.rejected).toEqual(['unknown_ca'])
  })

  it('goes on when an older connection with the same ports tells only now of its end', async () => {
    const server = await listen(stateOf(a.credentials(api)))
    const { certificate } = a.intermediate('middle').leaf(web)
    const [older, newer] = [authorized(certificate), authorized(certificate)]
    server.server.emit('connection', older)
    server.server.emit('connection', newer)
    older.emit('close')
    server.server.emit('secureConnection', newer)
    expect(newer.destroyed).toBe(false)
    expect(server.rejected).toEqual([])
  })

  it('goes on when the certificate alone is another, through intermediates too', async () => {
    const middle = a.intermediate('middle')
    const source = new Rotating(a.credentials(api))
    const server = await listen(stateOf(source))
    const { cert, key } = middle.leaf(web)
    const rotate = (): void => source.rotate(a.credentials(api))
    expect(await overtaken(server, rotate, cert + middle.pem, key)).toBe('200 ok')
  })

  it('and so does a live connection', async () => {
    const middle = a.intermediate('middle')
    const source = new Rotating(a.credentials(api))
    const server = await listen(stateOf(source))
    const { cert, key } = middle.leaf(web)
    const us = client(stateOf({ cert: cert + middle.pem, key, bundles: { 'td.a': a.pem } }))
    const socket = await connect(server.port, us.current())
    expect(await exchange(socket)).toBe('200 ok')
    source.rotate(a.credentials(api))
    expect(await exchange(socket)).toBe('200 ok')
  })
})

describe('TLS sessions', () => {
  const sessionOf = async (socket: TLSSocket): Promise<Buffer | undefined> => {
    let session: Buffer | undefined
    socket.on('session', (one: Buffer) => {
      session = one
    })
    expect(await exchange(socket)).toBe('200 ok')
    return session ?? socket.getSession()
  }

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('F37-F39 are never resumed over %s', async (version) => {
    const source = new Rotating(a.credentials(api))
    const server = await listen(stateOf(source))
    const us = client(stateOf(a.credentials(web)))
    const more = { minVersion: version, maxVersion: version }
    const session = await sessionOf(await connect(server.port, us.current(), more))
    expect(session).toBeDefined()
    const again = await connect(server.port, us.current(), { ...more, session })
    expect(again.isSessionReused()).toBe(false)
    source.rotate(a.credentials(api))
    const afterRotation = await connect(server.port, us.current(), { ...more, session })
    expect(afterRotation.isSessionReused()).toBe(false)
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'F38 that a foreign server resumes over %s are refused by the client',
    async (version) => {
      const { cert, key } = a.leaf(api)
      const server = https.createServer({ cert, key, ca: a.pem, requestCert: true }, (_request, response) =>
        response.end('ok'),
      )
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      const us = client(stateOf(a.credentials(web)))
      const more = { minVersion: version, maxVersion: version }
      const session = await sessionOf(await connect(port, us.current(), more))
      await expect(connect(port, us.current(), { ...more, session })).rejects.toMatchObject({
        code: 'ERR_MESH_TLS',
        detail: 'session_resumed',
      })
      server.close()
      server.closeAllConnections()
    },
  )
})

describe('rotation', () => {
  it('gives every rotation a new generation and context, and settings of their own', () => {
    const source = new Rotating(a.credentials(web))
    const state = stateOf(source)
    const us = client(state)
    const before = us.current()
    expect(us.current()).toBe(before)
    source.rotate(a.credentials(web))
    const after = us.current()
    expect(after.generation).not.toBe(before.generation)
    expect(after.options.secureContext).not.toBe(before.options.secureContext)
    expect(client(state).current().options.secureContext).toBe(after.options.secureContext)
    expect(client(state, { mode: 'mutual', subjectAltNames: [api] }).current().generation).not.toBe(after.generation)
  })

  it('F40 F41 of leaves and, with overlap, of roots fails no call', async () => {
    const next = Authority.root('A2')
    const both = { 'td.a': a.pem + next.pem }
    const phases = [
      { issuer: a, bundles: { 'td.a': a.pem } },
      { issuer: a, bundles: both },
      { issuer: next, bundles: both },
      { issuer: next, bundles: { 'td.a': next.pem } },
    ]
    const serverSource = new Rotating(a.credentials(api))
    const clientSource = new Rotating(a.credentials(web))
    const server = await listen(stateOf(serverSource))
    const us = client(stateOf(clientSource))
    const answers: string[] = []
    let done = false
    const load = Promise.all(
      Array.from({ length: 4 }, async () => {
        while (!done) answers.push(await ping(server.port, us).catch(String))
      }),
    )
    for (const { issuer, bundles } of phases)
      for (let leaf = 0; leaf < 5; leaf++) {
        const until = answers.length + 8
        // The two sides never change at the same instant.
        serverSource.rotate({ ...issuer.credentials(api), bundles })
        while (answers.length < until - 4) await new Promise((resolve) => setImmediate(resolve))
        clientSource.rotate({ ...issuer.credentials(web), bundles })
        while (answers.length < until) await new Promise((resolve) => setImmediate(resolve))
      }
    done = true
    await load
    expect(answers.filter((answer) => answer !== '200 ok')).toEqual([])
    expect(answers.length).toBeGreaterThan(150)
    const outdated = client(stateOf(a.credentials(web)))
    await expect(ping(server.port, outdated)).rejects.toThrow()
  })

  it('F42 of roots without overlap is a clear error', async () => {
    const server = await listen(stateOf({ ...Authority.root('new root').credentials(api), bundles: { 'td.a': a.pem } }))
    await expect(ping(server.port, client(stateOf(a.credentials(web))))).rejects.toMatchObject({
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    })
  })

  it('tells servers that are not attached', async () => {
    const source = new Rotating(a.credentials(api))
    const server = await listen(stateOf(source), 'strict', 'alone')
    server.tls.onRotate(() => server.server.setSecureContext(server.tls.options()))
    const next = a.credentials(api)
    source.rotate(next)
    const socket = await connect(server.port, client(stateOf(a.credentials(web))).current())
    expect(new X509Certificate(socket.getPeerCertificate().raw).toString()).toBe(next.cert)
  })

  it('F41 of roots: a server of the user that has not heard of it answers 401 to callers of the old one', async () => {
    const next = Authority.root('A2')
    const source = new Rotating(a.credentials(api))
    const server = await listen(stateOf(source), 'strict', 'alone')
    const middle = a.intermediate('middle')
    const under = middle.leaf(web)
    const through = client(stateOf({ ...under, cert: under.cert + middle.pem, bundles: { 'td.a': a.pem } }))
    const old = client(stateOf(a.credentials(web)))
    expect(await ping(server.port, old)).toBe('200 ok')
    expect(await ping(server.port, through)).toBe('200 ok')
    source.rotate(next.credentials(api))
    expect(await ping(server.port, old)).toMatch(/^401 /)
    expect(await ping(server.port, through)).toMatch(/^401 /)
    server.server.setSecureContext(server.tls.options())
    const renewed = client(stateOf({ ...next.credentials(web), bundles: { 'td.a': next.pem } }))
    expect(await ping(server.port, renewed)).toBe('200 ok')
    await expect(
      ping(server.port, client(stateOf({ ...a.credentials(web), bundles: { 'td.a': next.pem } }))),
    ).resolves.toBe('closed')
  })

  it('F41 of roots: what OpenSSL has accepted on a server of the user counts by the roots that were handed out', async () => {
    const next = Authority.root('A2')
    const clock = fakeClock({ wallMs: Date.now() })
    const source = new Rotating(a.credentials(api))
    const state = stateOf(source, clock)
    const before = authorized(a.intermediate('middle').leaf(web).certificate)
    const after = authorized(next.intermediate('middle').leaf(web).certificate)
    const direct = authorized(next.leaf(web).certificate)
    serverTls(state, 'strict').options()
    expect(
      serverTls(state, 'strict').peerOf(authorized(a.intermediate('middle').leaf(web).certificate))?.spiffeId,
    ).toBe(web)
    source.rotate(next.credentials(api))
    const serving = serverTls(state, 'strict')
    expect(() => serving.peerOf(before)).toThrow(expect.objectContaining({ status: 401, detail: 'unknown_ca' }))
    expect(() => serving.peerOf(after)).toThrow(expect.objectContaining({ detail: 'unknown_ca' }))
    expect(serving.peerOf(direct)?.spiffeId).toBe(web)
    serving.options('attached')
    expect(() => serving.peerOf(before)).toThrow(expect.objectContaining({ detail: 'unknown_ca' }))
    serving.options()
    expect(() => serving.peerOf(before)).toThrow(expect.objectContaining({ detail: 'unknown_ca' }))
    await clock.advance(120_000)
    expect(serving.peerOf(after)?.spiffeId).toBe(web)
  })

  it('F41 of roots: a server of the user that has heard of it answers 401 to who was connected before and asks only now', async () => {
    const next = Authority.root('A2')
    const source = new Rotating(a.credentials(api))
    const server = await listen(stateOf(source), 'strict', 'alone')
    const accepted = once(server.server, 'secureConnection')
    const socket = await connect(server.port, client(stateOf(a.credentials(web))).current())
    // Who reads the certificate for the first time takes what is above it, in versions of Node that do not hide it anyway.
    const [taken]: TLSSocket[] = await accepted
    taken?.getPeerX509Certificate()
    source.rotate(next.credentials(api))
    server.server.setSecureContext(server.tls.options())
    expect(await exchange(socket)).toMatch(/^401 .*unknown_ca/)
  })

  it('F41 of roots: for two minutes after one was withdrawn, the word of OpenSSL is not enough on a server of the user', async () => {
    const next = Authority.root('A2')
    const both = { 'td.a': a.pem + next.pem }
    const clock = fakeClock({ wallMs: Date.now() })
    const source = new Rotating({ ...a.credentials(api), bundles: both })
    const serving = serverTls(stateOf(source, clock), 'strict')
    const hidden = () => authorized(next.intermediate('middle').leaf(web).certificate)
    serving.options()
    expect(serving.peerOf(hidden())?.spiffeId).toBe(web)
    source.rotate(next.credentials(api))
    serving.options()
    expect(serving.peerOf(authorized(next.leaf(web).certificate))?.spiffeId).toBe(web)
    await clock.advance(119_999)
    serving.options()
    expect(() => serving.peerOf(hidden())).toThrow(expect.objectContaining({ status: 401, detail: 'unknown_ca' }))
    await clock.advance(1)
    expect(serving.peerOf(hidden())?.spiffeId).toBe(web)
  })

  it('F41 of roots: one more changes nothing for callers whose intermediates are hidden', () => {
    const next = Authority.root('A2')
    const source = new Rotating(a.credentials(api))
    const serving = serverTls(stateOf(source), 'strict')
    serving.options()
    const hidden = (): TLSSocket => authorized(a.intermediate('middle').leaf(web).certificate)
    const live = hidden()
    expect(serving.peerOf(live)?.spiffeId).toBe(web)
    source.rotate({ ...a.credentials(api), bundles: { 'td.a': next.pem + a.pem } })
    serving.options()
    expect(serving.peerOf(hidden())?.spiffeId).toBe(web)
    expect(serving.peerOf(live)?.spiffeId).toBe(web)
    source.rotate({ ...a.credentials(api), bundles: { 'td.a': next.pem } })
    expect(() => serving.peerOf(live)).toThrow('leads to no root')
  })

  it('lets a server go that is detached', async () => {
    const source = new Rotating(a.credentials(api))
    const state = stateOf(source)
    const server = await listen(state, 'permissive')
    const before = server.server.listenerCount('secureConnection')
    const detach = server.tls.attach(server.server)
    expect(server.server.listenerCount('secureConnection')).toBe(before + 1)
    detach()
    expect(server.server.listenerCount('secureConnection')).toBe(before)
  })
})
