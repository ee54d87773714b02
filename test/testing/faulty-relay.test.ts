import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type FaultyRelay, type FaultyServer, faultyRelay, faultyServer, type Toxics } from '../../src/testing/index.js'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

async function relayed(
  ...plan: Parameters<typeof faultyServer>
): Promise<{ relay: FaultyRelay; server: FaultyServer }> {
  const server = await faultyServer(...plan)
  const relay = await faultyRelay(server.port, { random: () => 1 })
  open.push(relay, server)
  return { relay, server }
}

interface Heard {
  text: string
  /** When each piece came, ms since the request. */
  at: number[]
  error: string | undefined
  tookMs: number
}

/** Asks for `/` and closes with the answer, or as it is closed. */
async function ask(relay: FaultyRelay): Promise<Heard> {
  const since = performance.now()
  const heard: Heard = { text: '', at: [], error: undefined, tookMs: 0 }
  const socket: Socket = connect(relay.port, '127.0.0.1')
  socket.on('data', (data) => {
    heard.text += data
    heard.at.push(performance.now() - since)
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    heard.error = error.code
  })
  socket.write('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
  await new Promise((resolve) => socket.once('close', resolve))
  heard.tookMs = performance.now() - since
  return heard
}

const plan = { raw: '0123456789', ending: 'close' } as const

describe('a relay', () => {
  it('passes on what it gets, both ways, and the end', async () => {
    const { relay, server } = await relayed(plan)
    expect(await ask(relay)).toMatchObject({ text: '0123456789', error: undefined })
    expect(server.requests).toMatchObject([{ path: '/' }])
    expect(relay.connections).toBe(1)
  })

  it.each<[string, Toxics, Partial<Heard>, number, number]>([
    ['latency', { latencyMs: 60 }, { text: '0123456789' }, 55, 1_000],
    ['latency with jitter', { latencyMs: 60, jitterMs: 60 }, { text: '0123456789' }, 115, 1_000],
    ['bandwidth', { bytesPerSecond: 100 }, { text: '0123456789' }, 95, 1_000],
    ['slicer', { sliceBytes: 2, sliceDelayMs: 20 }, { text: '0123456789' }, 95, 1_000],
    ['slow_close', { slowCloseMs: 80 }, { text: '0123456789', error: undefined }, 75, 1_000],
    ['timeout', { timeoutMs: 80 }, { text: '', error: undefined }, 75, 1_000],
    ['reset_peer', { resetMs: 40 }, { text: '', error: 'ECONNRESET' }, 35, 1_000],
    ['limit_data', { limitBytes: 4 }, { text: '0123', error: undefined }, 0, 1_000],
  ])('%s', async (_name, toxics, expected, leastMs, mostMs) => {
    const { relay } = await relayed(plan)
    relay.poison(toxics)
    const heard = await ask(relay)
    expect(heard).toMatchObject(expected)
    expect(heard.tookMs).toBeGreaterThan(leastMs)
    expect(heard.tookMs).toBeLessThan(mostMs)
    relay.poison()
    expect(await ask(relay)).toMatchObject({ text: '0123456789' })
  })

  it('slices: what was one piece comes as several', async () => {
    const { relay } = await relayed(plan)
    relay.poison({ sliceBytes: 2, sliceDelayMs: 5 })
    expect((await ask(relay)).at).toHaveLength(5)
  })

  it('is down while it is told to be, and comes back on its port', async () => {
    const { relay } = await relayed(plan)
    await relay.refuse()
    expect(await ask(relay)).toMatchObject({ error: 'ECONNREFUSED' })
    await relay.accept()
    expect(await ask(relay)).toMatchObject({ text: '0123456789' })
  })

  it('treats requests too: the server hears nothing', async () => {
    const { relay, server } = await relayed(plan)
    relay.poison({ timeoutMs: 50 }, 'requests')
    expect(await ask(relay)).toMatchObject({ text: '' })
    expect(server.requests).toEqual([])
  })

  it('holds for ever what is to hold for ever, and lets go when it is closed', async () => {
    const { relay } = await relayed(plan)
    relay.poison({ timeoutMs: Number.POSITIVE_INFINITY })
    const heard = ask(relay)
    await expect.poll(() => relay.open).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(relay.open).toBe(1)
    await relay.close()
    expect(await heard).toMatchObject({ text: '' })
  })
})
