import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type ApiKeyOptions, apiKey } from '../../../src/auth/api-key/index.js'
import { consumerStore } from '../../../src/auth/consumers.js'
import type { MeshEvents } from '../../../src/core/events.js'
import { Observer } from '../../../src/core/observer.js'
import { inbound, run } from '../scaffold.js'

const key = 'sk_live_4f9d2c7e1b6a'
const consumers = consumerStore([
  { username: 'partner', credentials: { apiKeys: [{ key, id: 'partner-1' }] } },
  { username: 'guest' },
])
const native = (options: ApiKeyOptions = {}) => apiKey(options, { consumers })
const kong = (options: ApiKeyOptions = {}) => apiKey({ dialect: 'kong', ...options }, { consumers })

describe('apiKey', () => {
  const refused: readonly [what: string, headers: Record<string, string | string[]>, target: string][] = [
    ['K01 an unknown key', { 'x-api-key': 'sk_live_000000000000' }, '/'],
    ['K02 a prefix of a key', { 'x-api-key': key.slice(0, -1) }, '/'],
    ['K03 a key and a NUL', { 'x-api-key': `${key}\0` }, '/'],
    ['K04 a key in other case', { 'x-api-key': key.toUpperCase() }, '/'],
    ['K05 a key of 100 KB', { 'x-api-key': key.repeat(5_000) }, '/'],
    ['K06 two headers', { 'x-api-key': [key, key] }, '/'],
    ['K07 a key in the query', {}, `/?x-api-key=${key}`],
    ['K08 the hash of the key', { 'x-api-key': createHash('sha256').update(key).digest('hex') }, '/'],
    ['no key', {}, '/'],
    ['an empty key', { 'x-api-key': '' }, '/'],
  ]
  it.each(refused)('%s: 401', async (_what, headers, target) => {
    const { error } = await run(native(), inbound(headers, { target }))
    expect(error?.code).toBe('ERR_MESH_UNAUTHENTICATED')
    expect(error?.headers?.['www-authenticate']).toBe('Key')
  })

  it('names the consumer and keeps the key from the upstream', async () => {
    const call = inbound({ 'X-API-Key': key })
    expect((await run(native(), call)).status).toBe(200)
    expect(call.consumer).toMatchObject({ username: 'partner', credentialId: 'partner-1' })
    expect(call.principal).toBe('partner')
    expect(call.headers.has('x-api-key')).toBe(false)
  })

  it('takes the key out of the query, and leaves the rest as it was', async () => {
    const call = inbound({}, { target: `/a%20b?x=%41&key=${key}&y=` })
    const before = call.path.path
    expect((await run(native({ headers: [], query: ['key'] }), call)).status).toBe(200)
    expect(call.target).toBe('/a%20b?x=%41&y=')
    expect(call.path.query).toBe('x=%41&y=')
    expect(call.path.path).toBe(before)
  })

  it('accepts keys of its own, also as hashes', async () => {
    const sha256 = createHash('sha256').update('other').digest('hex')
    const guard = apiKey({ keys: ['plain', { sha256, id: 'hashed' }] })
    const call = inbound({ 'x-api-key': 'other' })
    expect((await run(guard, call)).status).toBe(200)
    expect(call.principal).toBe('hashed')
    expect((await run(guard, inbound({ 'x-api-key': 'plain' }))).status).toBe(200)
    expect((await run(guard, inbound({ 'x-api-key': key }))).status).toBe(401)
  })

  it('J50 never replaces the principal of a token', async () => {
    const call = inbound({ 'x-api-key': key })
    call.requestPrincipal = 'https://id.example/alice'
    await run(native(), call)
    expect(call.principal).toBe('https://id.example/alice')
    expect(call.consumer?.username).toBe('partner')
  })

  it('lets a call without a key pass where none is needed, and one with a bad key never', async () => {
    const guard = native({ optional: true })
    expect((await run(guard, inbound())).status).toBe(200)
    expect((await run(guard, inbound({ 'x-api-key': 'bad' }))).status).toBe(401)
  })

  it('K09 repeats a key nowhere', async () => {
    const observer = new Observer()
    const events: MeshEvents['authentication'][] = []
    observer.on('authentication', (event) => events.push(event))
    const guard = apiKey({}, { consumers, observer })
    const secret = 'sk_live_unknown_secret'
    const { error } = await run(guard, inbound({ 'x-api-key': secret }))
    await run(guard, inbound({ 'x-api-key': key }))
    expect(events.map((event) => event.reason)).toEqual(['unknown', 'ok'])
    const told = JSON.stringify([events, error, error?.message, error?.stack, error?.headers])
    expect(told).not.toContain(secret)
    expect(told).not.toContain(key)
  })
})

describe("Kong's key-auth plugin", () => {
  const rows: readonly [
    what: string,
    headers: Record<string, string | string[]>,
    target: string,
    says: string | undefined,
  ][] = [
    ['a key in the header', { apikey: key }, '/', undefined],
    ['a key in the query', {}, `/?apikey=${key}`, undefined],
    ['the header before the query', { apikey: key }, '/?apikey=bad', undefined],
    ['a repeated header', { apikey: [key, key] }, '/', 'Duplicate API key found'],
    ['a repeated parameter', {}, `/?apikey=${key}&apikey=x`, 'Duplicate API key found'],
    ['no key', {}, '/', 'No API key found in request'],
    ['an empty key', { apikey: '' }, '/', 'No API key found in request'],
    [
      'an empty key in the header, for all that the query has',
      { apikey: '' },
      `/?apikey=${key}`,
      'No API key found in request',
    ],
    ['a repeated header whose first value is empty', { apikey: ['', key] }, '/', 'Duplicate API key found'],
    ['an unknown key', { apikey: 'bad' }, '/', 'Unauthorized'],
  ]
  it.each(rows)('%s', async (_what, headers, target, says) => {
    const call = inbound(headers, { target })
    const { status, error } = await run(kong({ realm: 'shop' }), call)
    expect(status).toBe(says === undefined ? 200 : 401)
    expect(error === undefined ? undefined : JSON.parse(error.body ?? '')).toEqual(says && { message: says })
    expect(error?.headers?.['www-authenticate']).toBe(says && 'Key realm="shop"')
    expect(call.headers.get('x-credential-identifier')).toBe(says === undefined ? 'partner-1' : undefined)
  })

  it('tells names to the upstream in UTF-8, byte by byte', async () => {
    const store = consumerStore([{ username: 'Zoë 李', customId: 'ключ', credentials: { apiKeys: [key] } }])
    const call = inbound({ apikey: key })
    expect((await run(apiKey({ dialect: 'kong' }, { consumers: store }), call)).status).toBe(200)
    const told = (name: string): string => Buffer.from(call.headers.get(name) ?? '', 'latin1').toString()
    expect(told('x-consumer-username')).toBe('Zoë 李')
    expect(told('x-consumer-custom-id')).toBe('ключ')
    expect(call.consumer?.username).toBe('Zoë 李')
  })

  it('shows the key to the upstream unless told otherwise', async () => {
    const shown = inbound({ apikey: key })
    await run(kong(), shown)
    expect(shown.headers.get('apikey')).toBe(key)
    const hidden = inbound({}, { target: `/?apikey=${key}` })
    await run(kong({ hideCredentials: true }), hidden)
    expect(hidden.target).toBe('/')
  })

  it.each([
    ['a', 'b'],
    ['A-Key', 'B-Key'],
  ])('tries the names in their order: %s, %s', async (a, b) => {
    const options = { headers: [a, b], query: [a, b] }
    const header = b.toLowerCase()
    expect((await run(kong(options), inbound({ [header]: key }, { target: `/?${a}=bad` }))).status).toBe(401)
    expect((await run(kong(options), inbound({ [header]: 'bad' }, { target: `/?${a}=${key}` }))).status).toBe(200)
  })

  it('goes on past a parameter without an equals sign, which is no text, but not past an empty one', async () => {
    const options = { headers: ['a', 'b'], query: ['a', 'b'] }
    expect((await run(kong(options), inbound({}, { target: `/?a&b=${key}` }))).status).toBe(200)
    expect((await run(kong(options), inbound({}, { target: `/?a=&b=${key}` }))).status).toBe(401)
    expect((await run(kong(options), inbound({}, { target: `/?a&a&b=${key}` }))).status).toBe(401)
  })

  it('lets the anonymous consumer in', async () => {
    const call = inbound({ apikey: 'bad' })
    expect((await run(kong({ anonymous: 'guest' }), call)).status).toBe(200)
    expect(call.consumer?.username).toBe('guest')
  })
})
