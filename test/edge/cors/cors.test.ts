import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../../src/core/config-error.js'
import { MeshError } from '../../../src/core/errors.js'
import { directReply } from '../../../src/core/reply.js'
import type { ServerCall } from '../../../src/core/server-call.js'
import { type CorsOptions, cors } from '../../../src/edge/cors/index.js'
import { inbound } from '../../auth/scaffold.js'

interface Answer {
  readonly status: number
  readonly headers: Record<string, string>
  readonly reached: boolean
}

/** Sends a call through the policy to an application that would answer preflights with 418. */
async function answer(options: CorsOptions, call: ServerCall, own: Record<string, string> = {}): Promise<Answer> {
  let reached = false
  const reply = await cors(options)(call, async () => {
    reached = true
    return directReply(418, own)
  })
  const headers = Object.fromEntries([...reply.headers, ...call.replyHeaders])
  return { status: reply.status, headers, reached }
}

const preflight = (origin: string, headers: Record<string, string> = {}): ServerCall =>
  inbound({ origin, 'access-control-request-method': 'PUT', ...headers }, { method: 'OPTIONS' })
const shop = 'https://shop.example'

describe('cors', () => {
  it('answers a preflight itself, before anything else sees it', async () => {
    const options: CorsOptions = {
      origins: [shop],
      methods: ['GET', 'PUT'],
      headers: ['x-a', 'x-b'],
      maxAge: '90s',
      credentials: true,
      privateNetwork: true,
    }
    const call = preflight(shop, { 'access-control-request-private-network': 'true' })
    expect(await answer(options, call)).toEqual({
      status: 204,
      reached: false,
      headers: {
        vary: 'Origin, Access-Control-Request-Headers',
        'access-control-allow-origin': shop,
        'access-control-allow-credentials': 'true',
        'access-control-allow-methods': 'GET,PUT',
        'access-control-allow-headers': 'x-a,x-b',
        'access-control-max-age': '90',
        'access-control-allow-private-network': 'true',
      },
    })
  })

  it('allows another origin nothing, and says so to no page', async () => {
    const { status, headers, reached } = await answer({ origins: [shop] }, preflight('https://evil.example'))
    expect({ status, reached, names: Object.keys(headers) }).toEqual({ status: 204, reached: false, names: ['vary'] })
  })

  it.each([
    ['https://shop.example', true],
    ['https://a.shop.example', false],
    ['https://shop.example.evil', false],
    ['http://shop.example', false],
    ['https://app-7.example', true],
    ['https://app-x.example', false],
    ['https://app-7.example.evil', false],
    ['null', false],
  ])('origin %s: %s', async (origin, allowed) => {
    const options: CorsOptions = { origins: [shop, { regex: 'https://app-[0-9]+\\.example' }] }
    const { headers, status } = await answer(options, inbound({ origin }))
    expect(status).toBe(418)
    expect(headers['access-control-allow-origin']).toBe(allowed ? origin : undefined)
    expect(headers.vary).toBe('Origin')
  })

  it('lets every page read by default, without cookies, and caches share the answer', async () => {
    const { headers } = await answer({ exposedHeaders: ['x-a', 'x-b'] }, inbound({ origin: shop }))
    expect(headers).toEqual({ 'access-control-allow-origin': '*', 'access-control-expose-headers': 'x-a,x-b' })
  })

  it('echoes the headers that a preflight asks for when none are listed', async () => {
    const { headers } = await answer({}, preflight(shop, { 'access-control-request-headers': 'x-c' }))
    expect(headers['access-control-allow-headers']).toBe('x-c')
  })

  it('adds nothing to a request without Origin, but tells caches that it might', async () => {
    expect((await answer({ origins: [shop] }, inbound())).headers).toEqual({ vary: 'Origin' })
    expect((await answer({}, inbound())).headers).toEqual({})
  })

  it('passes an OPTIONS request that is no preflight, and any preflight when told to', async () => {
    expect((await answer({}, inbound({ origin: shop }, { method: 'OPTIONS' }))).reached).toBe(true)
    expect((await answer({ preflightContinue: true }, preflight(shop))).reached).toBe(true)
  })

  it('declares its headers before the application refuses, so that a page can read the refusal', async () => {
    const call = inbound({ origin: shop })
    const refused = cors({ origins: [shop] })(call, () =>
      Promise.reject(new MeshError('ERR_MESH_UNAUTHENTICATED', 'no token')),
    )
    await expect(refused).rejects.toThrow(MeshError)
    expect(call.replyHeaders.get('access-control-allow-origin')).toBe(shop)
  })

  it('takes the place of what an upstream says', async () => {
    const own = { 'access-control-allow-origin': '*', 'access-control-allow-credentials': 'true', 'x-a': '1' }
    expect((await answer({ origins: [shop] }, inbound({ origin: 'https://evil.example' }), own)).headers).toEqual({
      'x-a': '1',
      vary: 'Origin',
    })
  })

  it.each<[string, CorsOptions]>([
    ['credentials for every page', { credentials: true }],
    ['an origin with a path', { origins: ['https://shop.example/'] }],
    ['an origin without a scheme', { origins: ['shop.example'] }],
    ['a pattern that RE2 refuses', { origins: [{ regex: '(?=a)' }] }],
    ['no origins', { origins: [] }],
    ['a pattern that RE2 refuses, under kong', { dialect: 'kong', origins: ['(a'] }],
  ])('refuses %s at load', (_what, options) => {
    expect(() => cors(options)).toThrow(ConfigError)
  })
})

describe('cors with a name that no header or method can have', () => {
  it.each<CorsOptions>([
    { exposedHeaders: ['x-a\n'] },
    { headers: ['X-Ü✓'] },
    { methods: ['GET\nx-a: b'] },
    { dialect: 'kong', exposedHeaders: ['x a'] },
  ])('is refused before it breaks an answer: %j', (options) => {
    const [name] = Object.keys(options).slice(-1)
    expect(() => cors(options)).toThrow(`cors.${name}[0]: is not a`)
  })

  it('takes the asterisk for any', () => {
    expect(() => cors({ headers: ['*'], exposedHeaders: ['*'], methods: ['*'] })).not.toThrow()
  })
})

describe("Kong's cors plugin", () => {
  const kong = (options: CorsOptions = {}): CorsOptions => ({ dialect: 'kong', ...options })

  it('answers a preflight with 200 and every method', async () => {
    const call = preflight(shop, { 'access-control-request-headers': 'x-c' })
    expect(await answer(kong({ maxAge: '1h' }), call)).toEqual({
      status: 200,
      reached: false,
      headers: {
        'access-control-allow-origin': '*',
        'access-control-allow-headers': 'x-c',
        'access-control-allow-methods': 'GET,HEAD,PUT,PATCH,POST,DELETE,OPTIONS,TRACE,CONNECT',
        'access-control-max-age': '3600',
      },
    })
  })

  const rows: readonly [
    what: string,
    options: CorsOptions,
    origin: string | undefined,
    allowed: string | undefined,
    vary: string | undefined,
  ][] = [
    ['* is answered to everybody', {}, shop, '*', undefined],
    ['* without Origin', {}, undefined, '*', undefined],
    ['* with cookies echoes the origin', { credentials: true }, shop, shop, 'Origin'],
    ['one plain origin is always answered', { origins: [shop] }, 'https://evil.example', shop, 'Origin'],
    ['several: one that matches', { origins: ['https://a.example', shop] }, shop, shop, 'Origin'],
    ['several: none that matches', { origins: ['https://a.example', shop] }, 'https://b.example', undefined, 'Origin'],
    ['default ports do not count', { origins: ['https://a.example', shop] }, `${shop}:443`, `${shop}:443`, 'Origin'],
    ['other ports do', { origins: ['https://a.example', shop] }, `${shop}:8443`, undefined, 'Origin'],
    [
      'an entry without a colon is for the host',
      { origins: ['a.example', 'shop.example'] },
      'http://shop.example:81',
      'http://shop.example:81',
      'Origin',
    ],
    [
      'a pattern is anchored at both ends',
      { origins: ['(.*\\.)?shop\\.example'] },
      'https://shop.example.evil',
      undefined,
      'Origin',
    ],
    [
      'a pattern for the host',
      { origins: ['(.*\\.)?shop\\.example'] },
      'https://a.shop.example',
      'https://a.shop.example',
      'Origin',
    ],
    [
      'a pattern for the whole origin',
      { origins: ['^https://.*\\.example$'] },
      'http://shop.example',
      undefined,
      'Origin',
    ],
  ]
  it.each(rows)('%s', async (_what, options, origin, allowed, vary) => {
    const own = { 'access-control-allow-origin': 'https://upstream.example' }
    const { headers } = await answer(kong(options), inbound(origin === undefined ? {} : { origin }), own)
    expect(headers['access-control-allow-origin']).toBe(allowed)
    expect(headers.vary).toBe(vary)
  })

  it('leaves a request without Origin alone when told to', async () => {
    const own = { 'access-control-allow-origin': 'https://upstream.example' }
    expect((await answer(kong({ allowOriginAbsent: false }), inbound(), own)).headers).toEqual(own)
  })
})
