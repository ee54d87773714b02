import { describe, expect, it } from 'vitest'
import { MeshError } from '../../../src/core/errors.js'
import type { RouteCorsOptions } from '../../../src/routing/cors/options.js'
import { call, type Sketch } from '../scaffold.js'
import { ring } from '../scaffold-ring.js'

const cors: RouteCorsOptions = {
  allowOrigins: [{ prefix: 'https://shop' }, 'https://exact.example'],
  allowMethods: ['GET', 'PUT'],
  allowHeaders: ['x-a', 'x-b'],
  exposeHeaders: ['x-echo'],
  maxAge: '24h',
  allowCredentials: true,
}
const preflight = (origin: string, headers = {}): Sketch => ({
  method: 'OPTIONS',
  headers: { origin, 'access-control-request-method': 'PATCH', ...headers },
})
const known = 'https://shop.example'

async function ask(options: RouteCorsOptions, sketch: Sketch): Promise<[string, Record<string, string>]> {
  const route = { cors: options, headers: { response: { set: { 'x-res': '1' } } } }
  const reply = await ring(route).handler(call(sketch))
  const granted = [...reply.headers].filter(([name]) => name.startsWith('access-control-'))
  return [reply.headers.has('x-up') ? 'served' : `answered ${reply.status}`, Object.fromEntries(granted)]
}

describe('a preflight', () => {
  it('of a known origin is answered here', async () => {
    expect(await ask(cors, preflight(known))).toEqual([
      'answered 200',
      {
        'access-control-allow-origin': known,
        'access-control-allow-credentials': 'true',
        'access-control-allow-methods': 'GET,PUT',
        'access-control-allow-headers': 'x-a,x-b',
        'access-control-max-age': '86400',
        'access-control-expose-headers': 'x-echo',
      },
    ])
  })

  it('is told only what is configured, and not what the route changes in answers', async () => {
    const reply = await ring({
      cors: { allowOrigins: [known] },
      headers: { response: { set: { 'x-res': '1' } } },
    }).handler(call(preflight(known)))
    expect(Object.fromEntries(reply.headers)).toEqual({ 'access-control-allow-origin': known })
    expect(reply.detail).toBe('cors_response')
  })

  it('is told what it asked for, where all is allowed', async () => {
    const all = { allowOrigins: [known], allowMethods: ['*'], allowHeaders: ['*'] }
    expect(await ask(all, preflight(known, { 'access-control-request-headers': 'x-y, x-z' }))).toEqual([
      'answered 200',
      {
        'access-control-allow-origin': known,
        'access-control-allow-methods': 'PATCH',
        'access-control-allow-headers': 'x-y, x-z',
      },
    ])
  })

  it('of an unknown origin is served, ignored: 200 without an allowed origin, or refused: 200 without any grant', async () => {
    expect(await ask(cors, preflight('https://evil.test'))).toEqual(['served', {}])
    expect(await ask({ ...cors, unmatchedPreflights: 'ignore' }, preflight('https://evil.test'))).toEqual([
      'answered 200',
      {
        'access-control-allow-credentials': 'true',
        'access-control-allow-methods': 'GET,PUT',
        'access-control-allow-headers': 'x-a,x-b',
        'access-control-max-age': '86400',
      },
    ])
    const refuse = { ...cors, unmatchedPreflights: 'refuse' } as const
    expect(await ask(refuse, preflight('https://evil.test'))).toEqual(['answered 200', {}])
  })

  it.each<[string, Sketch]>([
    ['without a method that is asked for', { method: 'OPTIONS', headers: { origin: known } }],
    ['by another method', { ...preflight(known), method: 'GET' }],
  ])('it is none %s: served', async (_, sketch) => {
    expect((await ask(cors, sketch))[0]).toBe('served')
  })
})

describe('another call', () => {
  it.each<[string, Sketch, Record<string, string>]>([
    [
      'of a known origin',
      { headers: { origin: known } },
      {
        'access-control-allow-origin': known,
        'access-control-allow-credentials': 'true',
        'access-control-expose-headers': 'x-echo',
      },
    ],
    ['of an unknown origin', { headers: { origin: 'https://evil.test' } }, {}],
    ['with an empty origin', { headers: { origin: '' } }, {}],
    ['without an origin', {}, {}],
  ])('%s is served', async (_, sketch, granted) => {
    expect(await ask(cors, sketch)).toEqual(['served', granted])
  })

  it('may be of any origin where a test takes "*"; the origin is echoed', async () => {
    for (const any of ['*', { regex: '.*' }])
      expect(await ask({ allowOrigins: [any] }, { headers: { origin: 'https://any' } })).toEqual([
        'served',
        { 'access-control-allow-origin': 'https://any' },
      ])
  })

  it('is told so in a failure too', async () => {
    const upstream = (): Promise<never> => Promise.reject(new MeshError('ERR_MESH_CONNECT', 'x'))
    await expect(
      ring({ cors: { allowOrigins: [known] } }, { upstream }).handler(call({ headers: { origin: known } })),
    ).rejects.toMatchObject({ headers: { 'access-control-allow-origin': known } })
  })
})
