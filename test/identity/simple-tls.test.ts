import { once } from 'node:events'
import https from 'node:https'
import { describe, expect, it, onTestFinished } from 'vitest'
import { clientTls } from '../../src/identity/client-tls.js'
import type { TlsOptions } from '../../src/identity/options.js'
import { type AltNames, subjectAltName } from '../../src/identity/x509/extensions.js'
import { Authority } from './authority.js'
import { connect, exchange } from './sockets.js'

const root = Authority.root()

async function serve(names: AltNames | undefined): Promise<{ port: number; requests: () => number }> {
  const { cert, key } = root.leaf(undefined, {
    san: names === undefined ? undefined : subjectAltName(names),
    commonName: 'localhost',
    keyUsage: null,
    extendedKeyUsage: null,
  })
  let requests = 0
  const server = https.createServer({ cert, key }, (_request, response) => {
    requests++
    response.end('ok')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const address = server.address()
  return { port: typeof address === 'object' && address !== null ? address.port : 0, requests: () => requests }
}

const call = async (port: number, tls: TlsOptions): Promise<string> => {
  const context = clientTls({ tls })?.current()
  if (context === undefined) return 'plain'
  const socket = await connect(port, context)
  expect(context.notAfter?.(socket)).toBeGreaterThan(Date.now())
  return exchange(socket)
}

describe('simple TLS', () => {
  it('is nothing when disabled', async () => {
    expect(await call(0, 'disable')).toBe('plain')
    expect(await call(0, { mode: 'disable' })).toBe('plain')
  })

  it.each<[string, AltNames, TlsOptions]>([
    [
      'by the server name',
      { dnsNames: ['a.example.com'] },
      { mode: 'simple', ca: root.pem, serverName: 'a.example.com' },
    ],
    ['by the address that was called', { ipAddresses: ['127.0.0.1'] }, { mode: 'simple', ca: root.pem }],
    [
      'by names in place of the host',
      { dnsNames: ['x.y'] },
      { mode: 'simple', ca: root.pem, subjectAltNames: ['z', 'x.y'] },
    ],
  ])('verifies a server %s', async (_fact, names, options) => {
    const server = await serve(names)
    expect(await call(server.port, options)).toBe('200 ok')
  })

  it.each<[string, AltNames | undefined, Partial<Exclude<TlsOptions, string>>, string]>([
    ['of another name', { dnsNames: ['b.example.com'] }, { serverName: 'a.example.com' }, 'ERR_MESH_PEER_IDENTITY'],
    ['X28 with a common name only', undefined, { serverName: 'localhost' }, 'ERR_MESH_PEER_IDENTITY'],
    ['X30 with a wildcard too wide', { dnsNames: ['*.com'] }, { serverName: 'example.com' }, 'ERR_MESH_PEER_IDENTITY'],
    [
      'of an unknown CA',
      { ipAddresses: ['127.0.0.1'] },
      { ca: Authority.root('other').pem },
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    ],
    [
      'that the system does not know',
      { ipAddresses: ['127.0.0.1'] },
      { ca: undefined },
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    ],
  ])('refuses a server %s, before a byte of a request is written', async (_fact, names, options, code) => {
    const server = await serve(names)
    await expect(call(server.port, { mode: 'simple', ca: root.pem, ...options })).rejects.toMatchObject({ code })
    expect(server.requests()).toBe(0)
  })

  it('keeps one context, of a generation that tells its settings', () => {
    const one = clientTls({ tls: { mode: 'simple', ca: root.pem } })
    expect(one?.current()).toBe(one?.current())
    expect(clientTls({ tls: 'simple' })?.current().generation).not.toBe(one?.current().generation)
  })
})
