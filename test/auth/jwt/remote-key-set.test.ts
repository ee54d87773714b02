import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type JwtOptions, jwtAuthentication, KeySets } from '../../../src/auth/jwt/index.js'
import { MeshError } from '../../../src/core/errors.js'
import type { MeshEvents } from '../../../src/core/events.js'
import type { Interceptor } from '../../../src/core/interceptor.js'
import { Observer } from '../../../src/core/observer.js'
import type { ServerCall } from '../../../src/core/server-call.js'
import { type FakeClock, fakeClock } from '../../../src/testing/fake-clock.js'
import { inbound, type Outcome, run } from '../scaffold.js'
import { type JwksServer, jwksServer, type Mode } from './jwks-server.js'
import { mint, rsaSigner, type Signer } from './mint.js'

const first = rsaSigner('first')
const second = rsaSigner('second')
const token = (signer: Signer, kid = signer.kid): Promise<string> => mint(signer, { exp: 1e10 }, { kid })

let server: JwksServer
let clock: FakeClock
let observer: Observer
let keySets: KeySets
let events: MeshEvents['jwks'][]

beforeEach(async () => {
  server = await jwksServer([first.jwk])
  clock = fakeClock()
  observer = new Observer()
  events = []
  observer.on('jwks', (event) => events.push(event))
  keySets = new KeySets({ clock, observer })
})
afterEach(async () => {
  keySets.close()
  await server.close()
})

function guard(extra: Partial<JwtOptions> = {}): Interceptor<ServerCall> {
  const options: JwtOptions = {
    issuer: 'https://id.example',
    audiences: ['shop'],
    jwksUri: server.url,
    maxLifetime: 0,
    ...extra,
  }
  return jwtAuthentication([options], { clock, observer, keySets })
}

async function ask(intercept: Interceptor<ServerCall>, text: string | Promise<string>): Promise<Outcome> {
  return run(intercept, inbound({ authorization: `Bearer ${await text}` }))
}

/** Waits until the server has been asked so often, and the answer has been taken in. */
async function fetched(count: number): Promise<void> {
  while (events.length < count) await new Promise((resolve) => setImmediate(resolve))
}

const minute = 60_000

describe('a fetched key set', () => {
  it('is fetched at once and waited for by the calls that come before it', async () => {
    const intercept = guard()
    expect((await ask(intercept, token(first))).status).toBe(200)
    await keySets.ready()
    expect(server.hits).toBe(1)
  })

  it('F95 is fetched once for a hundred calls at the same time', async () => {
    const intercept = guard()
    const text = await token(first)
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => ask(intercept, text)))
    expect(outcomes.every((outcome) => outcome.status === 200)).toBe(true)
    expect(server.hits).toBe(1)
  })

  it('F88 answers 503 with Retry-After while there is none, and recovers by itself', async () => {
    server.mode = 'error'
    const intercept = guard()
    const { error } = await ask(intercept, token(first))
    expect(error?.code).toBe('ERR_MESH_UNAVAILABLE')
    expect(error?.detail).toBe('jwks_unavailable')
    expect(error?.retryAfterMs).toBeGreaterThanOrEqual(1000)
    expect((await ask(intercept, token(first))).status).toBe(503)
    expect(server.hits).toBe(1)
    await expect(keySets.ready()).rejects.toThrow(MeshError)
    server.mode = 'ok'
    await clock.advance(2_000)
    await fetched(3)
    expect((await ask(intercept, token(first))).status).toBe(200)
  })

  it('F88 answers 503 when nobody listens at the address', async () => {
    const closed: Server = createServer()
    closed.listen(0, '127.0.0.1')
    await once(closed, 'listening')
    const address = closed.address()
    closed.close()
    await once(closed, 'close')
    const port = typeof address === 'object' ? address?.port : 0
    expect((await ask(guard({ jwksUri: `http://127.0.0.1:${port}/jwks` }), token(first))).status).toBe(503)
  })

  it('waits no longer than the call lives', async () => {
    server.mode = 'hang'
    const intercept = guard()
    const call = inbound({ authorization: `Bearer ${await token(first)}` })
    call.deadline = clock.now() + 100
    const outcome = run(intercept, call)
    await clock.advance(110)
    expect((await outcome).error?.detail).toBe('jwks_unavailable')

    const gone = inbound({ authorization: `Bearer ${await token(first)}` })
    const left = new MeshError('ERR_MESH_ABORTED', 'the client went away')
    const pending = run(intercept, gone)
    gone.cancel(left)
    expect((await pending).error).toBe(left)
  })

  it('F89 counts on while it cannot be refreshed, for as long as was configured', async () => {
    const intercept = guard({ jwksRefresh: { interval: '5m', maxStale: '10m' } })
    expect((await ask(intercept, token(first))).status).toBe(200)
    server.mode = 'error'
    await clock.advance(5 * minute + 1)
    expect((await ask(intercept, token(first))).status).toBe(200)
    await fetched(2)
    const hits = server.hits
    for (let i = 0; i < 20; i++) expect((await ask(intercept, token(first))).status).toBe(200)
    expect(server.hits).toBe(hits)
    await clock.advance(9 * minute)
    expect((await ask(intercept, token(first))).status).toBe(200)
    await clock.advance(minute)
    expect((await ask(intercept, token(first))).status).toBe(503)
    server.mode = 'ok'
    await clock.advance(minute)
    expect((await ask(intercept, token(first))).status).toBe(200)
  })

  it('stops counting for a remembered token as soon as a refresh comes without its key', async () => {
    const intercept = guard()
    const text = await token(first)
    for (let times = 0; times < 2; times++) expect((await ask(intercept, text)).status).toBe(200)
    server.keys = [second.jwk]
    await clock.advance(5 * minute + 1)
    expect((await ask(intercept, text)).status).toBe(200)
    await fetched(2)
    expect((await ask(intercept, text)).status).toBe(401)
  })

  it('is the same list after a refresh that brings the same, so that what was proven stays proven', async () => {
    const set = keySets.of({ issuer: 'https://id.example', jwksUri: server.url }, server.url)
    await set.ready()
    const before = set.current()
    await clock.advance(5 * minute + 1)
    set.current()
    await fetched(2)
    expect(set.current()).toBe(before)
  })

  it('F90 lets no call wait for a refresh that hangs, and gives it up after the timeout', async () => {
    const intercept = guard()
    expect((await ask(intercept, token(first))).status).toBe(200)
    server.mode = 'hang'
    await clock.advance(5 * minute + 1)
    expect((await ask(intercept, token(first))).status).toBe(200)
    expect(events).toHaveLength(1)
    await clock.advance(5_000)
    await fetched(2)
    expect(events[1]?.error?.message).toBe('no answer within 5000 ms')
    expect((await ask(intercept, token(first))).status).toBe(200)
  })

  it.each<Mode>(['error', 'html', 'list', 'empty', 'redirect', 'cut'])(
    'F91 is kept when the server answers: %s',
    async (mode) => {
      const intercept = guard()
      await ask(intercept, token(first))
      server.mode = mode
      await clock.advance(5 * minute + 1)
      await ask(intercept, token(first))
      await fetched(2)
      expect(events[1]?.result).toBe('failed')
      expect(server.hits).toBe(2)
      expect((await ask(intercept, token(first))).status).toBe(200)
    },
  )

  it('F92 is not read beyond 256 KiB', async () => {
    server.mode = 'endless'
    expect((await ask(guard(), token(first))).status).toBe(503)
    expect(events[0]?.error?.message).toContain('longer than 262144 bytes')
    expect(server.sent).toBeLessThan(16 * 1024 * 1024)
  })

  it('F93 is fetched again for a new key id', async () => {
    const intercept = guard()
    await ask(intercept, token(first))
    server.keys = [first.jwk, second.jwk]
    expect((await ask(intercept, token(second))).status).toBe(200)
    expect((await ask(intercept, token(first))).status).toBe(200)
    expect(server.hits).toBe(2)
  })

  it('F94 is fetched once a cooldown for unknown key ids, however many come, and known keys stay', async () => {
    const intercept = guard()
    await ask(intercept, token(first))
    const strangers = await Promise.all(Array.from({ length: 50 }, (_, i) => token(second, `unknown-${i}`)))
    for (const text of strangers) expect((await ask(intercept, text)).status).toBe(401)
    expect(server.hits).toBe(2)
    expect((await ask(intercept, token(first))).status).toBe(200)
    await clock.advance(30_001)
    await Promise.all(strangers.map((text) => ask(intercept, text)))
    expect(server.hits).toBe(3)
  })

  const secret = { kty: 'oct', k: 'c2VjcmV0', kid: 'second' }
  it.each([
    ['two keys of one id', [first.jwk, { ...second.jwk, kid: 'first' }]],
    ['a secret', [first.jwk, secret]],
    ['a private key', [first.jwk, { ...second.privateKey.export({ format: 'jwk' }), kid: 'second', alg: 'RS256' }]],
  ])('F96 is refused whole with %s in it, and the one before counts on', async (_what, keys) => {
    const intercept = guard()
    await ask(intercept, token(first))
    server.keys = keys
    expect((await ask(intercept, token(second))).status).toBe(401)
    await fetched(2)
    expect(events[1]?.result).toBe('failed')
    expect((await ask(intercept, token(first))).status).toBe(200)
  })

  it('F97 is refused when none of its keys can be used, and a key that it does not list any more is worthless', async () => {
    const intercept = guard()
    await ask(intercept, token(first))
    server.keys = [{ ...second.jwk, use: 'enc' }]
    await clock.advance(5 * minute + 1)
    await ask(intercept, token(first))
    await fetched(2)
    expect(events[1]).toMatchObject({
      result: 'failed',
      error: { message: 'no key of the set can be used: the key is not for signatures' },
    })
    expect((await ask(intercept, token(first))).status).toBe(401)
    server.keys = [first.jwk]
    await clock.advance(minute)
    expect((await ask(intercept, token(first))).status).toBe(200)
  })

  it.each([
    ['by its id', 'first'],
    ['by itself, without an id', undefined],
  ])('is refused when none of its keys can be used, and one that it still lists counts on: %s', async (_what, kid) => {
    const jwk = { ...first.jwk, kid }
    const text = await mint(first, { exp: 1e10 }, { kid })
    server.keys = [jwk]
    const intercept = guard({ requireKid: false, algorithms: ['RS256'] })
    expect((await ask(intercept, text)).status).toBe(200)
    server.keys = [{ ...jwk, alg: 'RS512' }]
    await clock.advance(5 * minute + 1)
    await ask(intercept, text)
    await fetched(2)
    expect(events[1]?.result).toBe('failed')
    expect((await ask(intercept, text)).status).toBe(200)
  })

  it.each([
    ['another key', { ...second.jwk, kid: 'first', alg: 'RS512' }],
    ['a key that cannot be read', { kty: 'RSA', kid: 'first', n: '?' }],
    ['a key that is not for signatures', { ...first.jwk, use: 'enc' }],
    ['a key that is for encryption', { ...first.jwk, alg: 'RSA-OAEP' }],
    ['a key that is not for verifying', { ...first.jwk, key_ops: ['sign'] }],
  ])(
    'F97 is refused when none of its keys can be used, and one is worthless in whose place it lists %s',
    async (_what, jwk) => {
      const intercept = guard({ algorithms: ['RS256'] })
      expect((await ask(intercept, token(first))).status).toBe(200)
      server.keys = [jwk]
      await clock.advance(5 * minute + 1)
      await ask(intercept, token(first))
      await fetched(2)
      expect(events[1]?.result).toBe('failed')
      expect((await ask(intercept, token(first))).status).toBe(401)
    },
  )

  it('is looked at again when no key is left, without a token that asks for one', async () => {
    const plain = { ...first.jwk, kid: undefined }
    const text = await mint(first, { exp: 1e10 }, { kid: undefined })
    server.keys = [plain]
    const intercept = guard({ requireKid: false })
    expect((await ask(intercept, text)).status).toBe(200)
    server.keys = [{ ...second.jwk, use: 'enc' }]
    await ask(intercept, token(second))
    await fetched(2)
    expect((await ask(intercept, text)).status).toBe(401)
    server.keys = [plain]
    await clock.advance(2_000)
    await fetched(3)
    expect((await ask(intercept, text)).status).toBe(200)
  })

  it('says whose keys are missing, and why', async () => {
    server.keys = [{ ...first.jwk, use: 'enc' }]
    const { error } = await ask(guard(), token(first))
    expect(error).toMatchObject({
      status: 503,
      message: 'the keys of "https://id.example" are not available',
      cause: { message: 'no key of the set can be used: the key is not for signatures' },
    })
    await expect(keySets.ready()).rejects.toMatchObject({ detail: 'jwks_unavailable' })
  })

  it('says that a key is in the set, but cannot be used', async () => {
    server.keys = [first.jwk, { ...second.jwk, key_ops: ['sign'] }]
    const { error } = await ask(guard(), token(second))
    expect(error?.status).toBe(401)
    expect(error?.message).toBe(
      'the key that the token names is in the key set, but cannot be used: the key is not for verifying',
    )
  })

  it('is told of with its address, but for what may be a secret in it', async () => {
    const at = server.url.replace('//', '//user:hunter2@')
    guard({ jwksUri: `${at}?token=hunter2`, allowInsecureJwks: true })
    await fetched(1)
    expect(events).toMatchObject([{ issuer: 'https://id.example', uri: server.url }])
  })

  it('may be empty: an issuer that has withdrawn all of its keys', async () => {
    server.keys = []
    expect((await ask(guard(), token(first))).status).toBe(401)
    expect(events[0]?.result).toBe('ok')
  })

  it('F97 makes a removed key worthless after the next refresh', async () => {
    const intercept = guard()
    await ask(intercept, token(first))
    server.keys = [second.jwk]
    await clock.advance(5 * minute + 1)
    await ask(intercept, token(second))
    expect((await ask(intercept, token(first))).status).toBe(401)
  })

  it('F97 makes a removed key worthless at once for the first call after a long silence', async () => {
    const intercept = guard()
    await ask(intercept, token(first))
    server.keys = [second.jwk]
    await clock.advance(6 * minute)
    expect((await ask(intercept, token(first))).status).toBe(401)
  })

  it('J08 needs a kid, since it can grow', async () => {
    expect((await ask(guard(), mint(first, { exp: 1e10 }, { kid: undefined }))).status).toBe(401)
    expect((await ask(guard({ requireKid: false }), mint(first, { exp: 1e10 }, { kid: undefined }))).status).toBe(200)
  })

  it('outlives the interceptor that asked for it, until nobody names it', async () => {
    guard()
    await keySets.ready()
    expect((await ask(guard(), token(first))).status).toBe(200)
    expect(server.hits).toBe(1)
    keySets.retain([])
    guard()
    await keySets.ready()
    expect(server.hits).toBe(2)
  })

  it('leaves no timer behind when it is closed', async () => {
    server.mode = 'error'
    guard()
    await fetched(1)
    expect(clock.pending).toBe(1)
    keySets.close()
    expect(clock.pending).toBe(0)
    server.mode = 'hang'
    const sets = new KeySets({ clock, observer })
    sets.of({ issuer: 'i', audiences: ['a'], jwksUri: server.url }, server.url)
    expect(clock.pending).toBe(1)
    sets.close()
    expect(clock.pending).toBe(0)
  })
})
