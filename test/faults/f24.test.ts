import { connect, createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createMesh } from '../../src/index.js'
import { closing, expectNothingLeaks, serving } from './scaffold.js'

expectNothingLeaks()

const relays: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const relay of relays.splice(0)) await relay.close()
})

/** A relay that can stop forwarding on the connections that it has, as a peer that vanished does. */
async function relayTo(target: number) {
  const open = new Set<Socket>()
  let accepted = 0
  const server = createServer((near) => {
    accepted++
    const far = connect(target, '127.0.0.1')
    for (const socket of [near, far]) {
      open.add(socket)
      socket.on('error', () => {}).on('close', () => open.delete(socket))
    }
    near.on('close', () => far.destroy()).on('data', (data) => void far.write(data))
    far.on('close', () => near.destroy()).on('data', (data) => void near.write(data))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  relays.push({
    close: () => {
      for (const socket of open) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  })
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    get accepted() {
      return accepted
    },
    vanish(): void {
      for (const socket of open) socket.removeAllListeners('data').pause()
    },
  }
}

describe('F24 the peer has vanished, and its connections are half open', () => {
  it('after one deadline, calls go over new connections', async () => {
    const server = await serving({ reply: 200, delayMs: 20 })
    const relay = await relayTo(server.port)
    const services = { api: { endpoints: [{ url: relay.url }], timeout: '5s' as const } }
    const mesh = closing(createMesh({ service: 'test', config: { services } }))
    const call = async (timeout: '200ms' | '5s' = '5s'): Promise<number> => {
      const reply = await mesh.request({ service: 'api', timeout })
      await reply.body.bytes()
      return reply.status
    }
    expect(await Promise.all([call(), call(), call()])).toEqual([200, 200, 200])
    expect(relay.accepted).toBe(3)
    // The pool hears that they are free again.
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
    relay.vanish()
    await expect(call('200ms')).rejects.toMatchObject({ code: 'ERR_MESH_TIMEOUT', phase: 'headers' })
    expect(await call('200ms')).toBe(200)
    // undici opens one in place of the call that was given up, and the next call has one of its own.
    expect(relay.accepted).toBeLessThanOrEqual(5)
  })
})
