import { afterEach, describe, expect, it } from 'vitest'
import { type ClientCall, clientCall } from '../../src/core/call.js'
import type { EndpointRef } from '../../src/core/endpoint.js'
import { type FaultyServer, faultyServer } from '../../src/testing/index.js'
import { createTransport, type Transport } from '../../src/transport/index.js'

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function hanging(): Promise<{ server: FaultyServer; transport: Transport; call: () => ClientCall }> {
  const server = await faultyServer({ hang: 'headers' })
  const transport = createTransport({ maxConnections: 1 })
  cleanups.push(server.close, () => transport.destroy())
  const { port } = server
  const id = `127.0.0.1:${port}`
  const endpoint: EndpointRef = { id, scheme: 'http', host: '127.0.0.1', port, origin: server.url }
  return {
    server,
    transport,
    call: () => Object.assign(clientCall({ service: 'api' }), { endpoint }),
  }
}

describe('destroy', () => {
  it('breaks calls off, in flight and queued, as ERR_MESH_CLOSED: no fault of the endpoint', async () => {
    const { server, transport, call } = await hanging()
    const pending = [call(), call()].map((one) => transport.send(one))
    await expect.poll(() => server.requests.length).toBe(1)
    await Promise.all([
      transport.destroy(),
      ...pending.map((one) => expect(one).rejects.toMatchObject({ code: 'ERR_MESH_CLOSED', origin: 'local' })),
    ])
  })

  it('opens no connection for a call that comes later, a retry for one', async () => {
    const { server, transport, call } = await hanging()
    await transport.destroy()
    await expect(transport.send(call())).rejects.toMatchObject({ code: 'ERR_MESH_CLOSED' })
    expect([transport.openPools(), server.connections]).toEqual([0, 0])
  })

  it.each([
    ['a close that waits for calls', (transport: Transport) => transport.close()],
    ['the drain of an endpoint that has left', (transport: Transport) => transport.retain(new Set())],
  ])('ends %s', async (_name, drain) => {
    const { server, transport, call } = await hanging()
    const pending = [call(), call()].map((one) => transport.send(one).catch((error: unknown) => error))
    await expect.poll(() => server.requests.length).toBe(1)
    const drained = drain(transport)
    await transport.destroy()
    await drained
    await transport.close()
    expect(await Promise.all(pending)).toMatchObject([{ code: 'ERR_MESH_CLOSED' }, { code: 'ERR_MESH_CLOSED' }])
    await expect.poll(() => server.open).toBe(0)
  })
})

describe('close', () => {
  it('waits for calls in flight', async () => {
    const server = await faultyServer({ reply: 200, body: 'ok', delayMs: 30 })
    const transport = createTransport()
    cleanups.push(server.close)
    const { port } = server
    const endpoint = { id: 'x', scheme: 'http', host: '127.0.0.1', port, origin: server.url } as const
    const pending = transport.send(Object.assign(clientCall({ service: 'api' }), { endpoint }))
    await transport.close()
    expect(await (await pending).body.text()).toBe('ok')
    await expect.poll(() => server.open).toBe(0)
  })
})
