import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { MeshError } from '../../src/core/errors.js'
import { Observer } from '../../src/core/observer.js'
import { rateLimit } from '../../src/rate-limit/interceptor.js'
import type { RateLimitOptions } from '../../src/rate-limit/options.js'
import type { RedisClient } from '../../src/rate-limit/redis-client.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { noRedis, type RedisServer, startRedis } from './redis-server.js'
import { application, inboundCall } from './server-call.js'

interface Connected {
  readonly client: RedisClient
  send(...command: string[]): Promise<unknown>
  close(): void
}

async function ioredis(port: number): Promise<Connected> {
  const client = new Redis(port, '127.0.0.1', { retryStrategy: () => 20 })
  await once(client, 'ready')
  return {
    client,
    send: (name, ...rest) => client.call(name ?? '', ...rest),
    close: () => client.disconnect(),
  }
}

async function nodeRedis(port: number): Promise<Connected> {
  const client = createClient({ url: `redis://127.0.0.1:${port}`, socket: { reconnectStrategy: () => 20 } })
  client.on('error', () => {})
  await client.connect()
  return { client, send: (...command) => client.sendCommand(command), close: () => client.destroy() }
}

const clients = { ioredis, 'node-redis': nodeRedis }
const title = noRedis === undefined ? '' : ` (skipped: ${noRedis})`
let policies = 0

function policy(connected: Connected, options: RateLimitOptions) {
  const observer = new Observer()
  const failures: string[] = []
  const said = new Set<string | undefined>()
  const backends = new Set<string>()
  observer.on('limit-store', ({ kind, mode, error }) => {
    failures.push(`${kind} ${mode}`)
    said.add(error?.message)
  })
  observer.on('rate-limit', ({ backend }) => backends.add(backend))
  const named = { name: `p${policies++}`, store: connected.client, storeTimeout: '500ms' as const, ...options }
  const limit = rateLimit(named, { observer })
  const call = async (): Promise<number> => {
    try {
      return (await limit(inboundCall(), application)).status
    } catch (error) {
      if (error instanceof MeshError) return error.status
      throw error
    }
  }
  return { name: named.name, call, failures, said, backends, limit }
}

async function keysOf({ send }: Connected, name: string | undefined): Promise<string[]> {
  const keys = await send('KEYS', `sidecarless:*:${name}:*`)
  if (!Array.isArray(keys)) throw new Error('no keys')
  return keys.map(String)
}

async function statuses(call: () => Promise<number>, n: number): Promise<number[]> {
  const seen: number[] = []
  for (let i = 0; i < n; i++) seen.push(await call())
  return seen
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 10_000
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('never became true')
    await delay(10)
  }
}

const hour = { limits: { year: 3 } } satisfies RateLimitOptions

describe.skipIf(noRedis !== undefined).each(Object.entries(clients))(
  `counting through Redis with %s${title}`,
  (_, open) => {
    let server: RedisServer
    let connected: Connected
    const others: Connected[] = []

    beforeAll(async () => {
      server = await startRedis()
      connected = await open(server.port)
    })
    afterEach(async () => {
      for (const other of others.splice(0)) other.close()
    })
    afterAll(async () => {
      connected.close()
      await server.stop()
    })

    it('admits as many as the limit says and counts down', async () => {
      const { call, backends } = policy(connected, hour)
      expect(await statuses(call, 5)).toEqual([200, 200, 200, 429, 429])
      expect([...backends]).toEqual(['redis'])
    })

    it('asks no more about a client that has just been refused', async () => {
      const { call, name } = policy(connected, hour)
      expect(await statuses(call, 50)).toEqual([200, 200, 200, ...Array.from({ length: 47 }, () => 429)])
      const [key] = await keysOf(connected, name)
      expect(Number(await connected.send('GET', key ?? ''))).toBe(4)
    })

    it('shares the counter between processes and admits nothing twice, however concurrent', async () => {
      const other = await open(server.port)
      others.push(other)
      const name = 'shared'
      const a = policy(connected, { name, limits: { year: 50 } })
      const b = policy(other, { name, limits: { year: 50 } })
      const all = await Promise.all(Array.from({ length: 200 }, (__, i) => (i % 2 === 0 ? a : b).call()))
      expect(all.filter((status) => status === 200)).toHaveLength(50)
      expect(all.filter((status) => status === 429)).toHaveLength(150)
    })

    it('counts apart what is limited by different things, as in memory, though some keys are the same', async () => {
      const name = `p${policies++}`
      const kinds = ['ip', 'principal', 'consumer', { header: 'x-a' }, { header: 'x-b' }, { path: '/a' }] as const
      for (const by of kinds) {
        const { call } = policy(connected, { name, by, limits: { year: 1 } })
        expect(await statuses(call, 2)).toEqual([200, 429])
      }
      const again = policy(connected, { name, by: { header: 'X-A' }, limits: { year: 1 } })
      expect(await again.call()).toBe(429)
      const byDefault = policy(connected, { name, limits: { year: 1 } })
      expect(await byDefault.call()).toBe(429)
    })

    it('puts the whole decision of several windows under one hash tag, with expiry', async () => {
      const { call, name } = policy(connected, { limits: { day: 3, year: 3 } })
      await call()
      const keys = await keysOf(connected, name)
      expect(keys).toHaveLength(2)
      for (const key of keys) {
        expect(key).toContain(':{ip:192.0.2.1}:')
        expect(await connected.send('TTL', key)).toBeGreaterThan(0)
      }
    })

    it('starts a first-hit window with the first call', async () => {
      const { call, name } = policy(connected, { limit: 1, per: '1h', window: 'first-hit' })
      expect(await statuses(call, 2)).toEqual([200, 429])
      const ttl = Number(await connected.send('TTL', `sidecarless::${name}:{ip:192.0.2.1}:hour`))
      expect(ttl).toBeGreaterThan(3_590)
      expect(ttl).toBeLessThanOrEqual(3_600)
    })

    it('survives a flush of the script cache', async () => {
      const { call, failures } = policy(connected, hour)
      await call()
      await connected.send('SCRIPT', 'FLUSH')
      expect(await statuses(call, 3)).toEqual([200, 200, 429])
      expect(failures).toEqual([])
    })

    it.each([
      ['a list', (key: string) => ['LPUSH', key, 'x']],
      ['no number', (key: string) => ['SET', key, 'abc']],
      ['the largest integer', (key: string) => ['SET', key, '9223372036854775807']],
    ])('counts locally where the counter has become %s', async (__, plant) => {
      const { call, failures, name } = policy(connected, { limit: 2, per: '1h', window: 'first-hit' })
      await connected.send(...plant(`sidecarless::${name}:{ip:192.0.2.1}:hour`))
      expect(await statuses(call, 3)).toEqual([200, 200, 429])
      expect(failures).toEqual(['reply local', 'reply local', 'reply local'])
    })

    it('tells what Redis said, and not of whose counter', async () => {
      const { call, failures, said } = policy(connected, hour)
      await connected.send('ACL', 'SETUSER', 'default', '-evalsha', '-eval')
      try {
        expect(await call()).toBe(200)
      } finally {
        await connected.send('ACL', 'SETUSER', 'default', '+@all')
      }
      expect(failures).toEqual(['reply local'])
      expect([...said]).toEqual([expect.stringMatching(/^NOPERM /)])
    })

    it('treats a replica that refuses writes as a failed store', async () => {
      const replica = await startRedis(['--replicaof', '127.0.0.1', String(server.port)])
      try {
        const reader = await open(replica.port)
        others.push(reader)
        await until(async () => String(await reader.send('INFO', 'replication')).includes('master_link_status:up'))
        const { call, failures } = policy(reader, hour)
        expect(await statuses(call, 4)).toEqual([200, 200, 200, 429])
        expect(new Set(failures)).toEqual(new Set(['readonly local']))
      } finally {
        for (const other of others.splice(0)) other.close()
        await replica.stop()
      }
    })

    it.each([
      ['local', [200, 200, 200, 429]],
      ['open', [200, 200, 200, 200]],
      ['closed', [503, 503, 503, 503]],
    ] as const)(
      'goes on while Redis is frozen, mode %s, waiting once and not for every call',
      async (failureMode, expected) => {
        const own = await startRedis()
        try {
          const frozen = await open(own.port)
          others.push(frozen)
          const { call, failures } = policy(frozen, { ...hour, failureMode, storeTimeout: '20ms' })
          own.freeze()
          const start = performance.now()
          expect(await statuses(call, 4)).toEqual(expected)
          expect(performance.now() - start).toBeLessThan(2_000)
          expect(new Set(failures)).toEqual(new Set([`timeout ${failureMode}`]))
          own.thaw()
          await until(async () => {
            const before = failures.length
            await call()
            return failures.length === before
          })
        } finally {
          for (const other of others.splice(0)) other.close()
          await own.stop()
        }
      },
    )

    it('counts locally when Redis is killed, and in Redis again when it is back', async () => {
      const own = await startRedis()
      try {
        const mortal = await open(own.port)
        others.push(mortal)
        const { call, failures, backends } = policy(mortal, { limits: { year: 5 } })
        expect(await statuses(call, 2)).toEqual([200, 200])
        await own.kill()
        await until(async () => {
          backends.clear()
          await call()
          return backends.has('local')
        })
        expect(await statuses(call, 6)).toContain(429)
        expect(failures.length).toBeGreaterThan(0)
        await own.restart()
        await until(async () => {
          backends.clear()
          await call()
          return backends.has('redis')
        })
      } finally {
        for (const other of others.splice(0)) other.close()
        await own.stop()
      }
    })
  },
)

describe.skipIf(noRedis !== undefined)(`a Redis that was never there${title}`, () => {
  it('counts locally, at once, and lets nothing escape (ioredis)', async () => {
    const client = new Redis(1, '127.0.0.1', { retryStrategy: () => 20 })
    try {
      const { call, failures, said } = policy(
        { client, send: async () => undefined, close() {} },
        { ...hour, storeTimeout: '20ms' },
      )
      await call()
      const start = performance.now()
      expect(await statuses(call, 3)).toEqual([200, 200, 429])
      expect(performance.now() - start).toBeLessThan(500)
      expect(new Set(failures)).toEqual(new Set(['down local']))
      await until(async () => {
        await call()
        return said.has('Redis connection is not ready (connect ECONNREFUSED 127.0.0.1:1)')
      })
    } finally {
      client.disconnect()
    }
  })

  it('counts locally, at once, and lets nothing escape (node-redis, without an error listener)', async () => {
    const client = createClient({ url: 'redis://127.0.0.1:1', socket: { reconnectStrategy: () => 20 } })
    const { call, failures } = policy({ client, send: async () => undefined, close() {} }, hour)
    expect(client.listenerCount('error')).toBe(1)
    const reconnecting = new Promise<void>((resolve) => client.once('reconnecting', resolve))
    client.connect().catch(() => {})
    try {
      await reconnecting
      expect(await statuses(call, 4)).toEqual([200, 200, 200, 429])
      expect(new Set(failures)).toEqual(new Set(['down local']))
    } finally {
      client.destroy()
    }
  })
})

describe('a Redis that is named but not given', () => {
  it.each([
    ['local', [200, 200, 200, 429]],
    ['open', [200, 200, 200, 200]],
    ['closed', [503, 503, 503, 503]],
  ] as const)('is a failed store, mode %s', async (failureMode, expected) => {
    const failures: string[] = []
    const observer = new Observer()
    observer.on('limit-store', ({ kind }) => failures.push(kind))
    const limit = rateLimit({ ...hour, store: 'redis', failureMode }, { observer })
    const outcome = await statuses(async () => {
      try {
        return (await limit(inboundCall(), application)).status
      } catch (error) {
        return error instanceof MeshError ? error.status : 0
      }
    }, 4)
    expect(outcome).toEqual(expected)
    expect(failures).toEqual(['missing', 'missing', 'missing', 'missing'])
  })
})

describe('a Redis that answers nonsense', () => {
  it.each([[['abc', 5]], [[1]], [[]]])('is a failed store, never a refusal: %j', async (answer) => {
    const client = {
      status: 'ready',
      on() {},
      eval() {},
      defineCommand() {},
      rlflxIncr: () => Promise.resolve(answer),
    }
    const { call, failures } = policy({ client, send: async () => undefined, close() {} }, hour)
    expect(await statuses(call, 4)).toEqual([200, 200, 200, 429])
    expect(new Set(failures)).toEqual(new Set(['reply local']))
  })
})

describe('a Redis that is slow', () => {
  it('is asked by limits that have the time, whatever has become of those that have not', async () => {
    let delayMs = 0
    const clock = fakeClock()
    const client = {
      status: 'ready',
      on() {},
      eval() {},
      defineCommand() {},
      rlflxIncr: () =>
        new Promise((resolve) => {
          clock.setTimer(() => resolve([1, 60_000]), delayMs)
        }),
    }
    const backends: string[] = []
    const observer = new Observer()
    observer.on('rate-limit', ({ backend }) => backends.push(backend))
    const limitOf = (storeTimeout: '5ms' | '2s') =>
      rateLimit({ ...hour, store: client, storeTimeout }, { clock, observer })
    const [short, long] = [limitOf('5ms'), limitOf('2s')]
    const backendOf = async (limit: typeof short): Promise<string | undefined> => {
      let done = false
      const call = Promise.resolve(limit(inboundCall(), application)).finally(() => {
        done = true
      })
      while (!done) await clock.advance(1)
      await call
      return backends.pop()
    }
    expect(await backendOf(long)).toBe('redis')
    expect(await backendOf(short)).toBe('redis')
    delayMs = 50
    expect(await backendOf(short)).toBe('local')
    expect(await backendOf(long)).toBe('redis')
    // The one that has no time goes on to keep away from it.
    expect(await backendOf(short)).toBe('local')
  })
})

describe('a Redis client that throws', () => {
  it('is a failed store like one that rejects, and is asked again', async () => {
    const client = {
      get status(): string {
        throw new Error('client is broken')
      },
      on() {},
      eval() {},
      defineCommand() {},
    }
    const { call, failures } = policy({ client, send: async () => undefined, close() {} }, hour)
    expect(await statuses(call, 4)).toEqual([200, 200, 200, 429])
    expect(failures).toEqual(['reply local', 'reply local', 'reply local', 'reply local'])
  })
})
