import { describe, expect, it } from 'vitest'
import { gateway, httpRoute } from '../../manifests/gateway-api/route-text.js'
import { type Answer, edge, inside, type Seen } from './harness.js'

/** HTTPRouteRequestHeaderModifier, -BackendWeights, -ResponseHeaderModifier, -BackendRequestHeaderModifier, -RequestMirror, -RequestMultipleMirrors, -RequestPercentageMirror, -CORS. */

const web = gateway('gw', '{ name: web, port: 80, protocol: HTTP }')
const parents = {
  'at the gateway': '  parentRefs: [{ name: gw }]\n',
  'inside the mesh': '  parentRefs: [{ group: "", kind: Service, name: echo }]\n',
} as const

const modifier = (kind: 'request' | 'response', settings: string): string =>
  `{ type: ${kind === 'request' ? 'Request' : 'Response'}HeaderModifier, ${kind}HeaderModifier: { ${settings} } }`
const rule = (path: string, filters: string, backends = '{ name: v1, port: 8080 }'): string =>
  `    - { matches: [{ path: { type: PathPrefix, value: ${path} } }], filters: [${filters}], backendRefs: [${backends}] }\n`
const bare = (value: unknown): string | undefined =>
  value === undefined ? undefined : String(value).replaceAll(' ', '')

describe.each(Object.entries(parents))('%s', (place, parent) => {
  const open: typeof edge = (rules, options) => {
    const text = httpRoute('r', `${parent}  rules:\n${rules}`)
    return place === 'at the gateway' ? edge([web, text], options) : inside(text, options)
  }

  it('headers of a request are set, added and taken off', async () => {
    const { send } = await open(
      rule('/set', modifier('request', 'set: [{ name: X-Header-Set, value: set-overwrites-values }]')) +
        rule('/add', modifier('request', 'add: [{ name: X-Header-Add, value: add-appends-values }]')) +
        rule('/remove', modifier('request', 'remove: [X-Header-Remove]')) +
        rule(
          '/multiple',
          modifier(
            'request',
            'set: [{ name: X-Header-Set-1, value: header-set-1 }, { name: X-Header-Set-2, value: header-set-2 }], add: [{ name: X-Header-Add-1, value: header-add-1 }, { name: X-Header-Add-2, value: header-add-2 }, { name: X-Header-Add-3, value: header-add-3 }], remove: [X-Header-Remove-1, X-Header-Remove-2]',
          ),
        ) +
        rule(
          '/case-insensitivity',
          modifier(
            'request',
            'set: [{ name: X-Header-Set, value: header-set }], add: [{ name: X-Header-Add, value: header-add }], remove: [x-header-remove]',
          ),
        ),
    )
    const cases: readonly (readonly [string, Record<string, string>, Record<string, string | undefined>])[] = [
      ['/set', { 'some-other-header': 'val' }, { 'some-other-header': 'val', 'x-header-set': 'set-overwrites-values' }],
      ['/set', { 'some-other-header': 'val', 'X-Header-Set': 'old' }, { 'x-header-set': 'set-overwrites-values' }],
      ['/add', { 'some-other-header': 'val' }, { 'x-header-add': 'add-appends-values' }],
      ['/add', { 'X-Header-Add': 'some-other-value' }, { 'x-header-add': 'some-other-value,add-appends-values' }],
      ['/remove', { 'X-Header-Remove': 'val' }, { 'x-header-remove': undefined }],
      [
        '/multiple',
        { 'X-Header-Set-2': 'old', 'X-Header-Add-2': 'old', 'X-Header-Remove-2': 'gone', 'another-header': 'kept' },
        {
          'x-header-set-1': 'header-set-1',
          'x-header-set-2': 'header-set-2',
          'x-header-add-1': 'header-add-1',
          'x-header-add-2': 'old,header-add-2',
          'x-header-add-3': 'header-add-3',
          'x-header-remove-1': undefined,
          'x-header-remove-2': undefined,
          'another-header': 'kept',
        },
      ],
      [
        '/case-insensitivity',
        { 'x-header-set': 'old', 'x-header-add': 'old', 'X-HEADER-REMOVE': 'gone', 'Another-Header': 'kept' },
        {
          'x-header-set': 'header-set',
          'x-header-add': 'old,header-add',
          'x-header-remove': undefined,
          'another-header': 'kept',
        },
      ],
    ]
    for (const [path, headers, expected] of cases) {
      const { seen } = await send(path, headers)
      expect([
        path,
        Object.fromEntries(Object.keys(expected).map((name) => [name, bare(seen?.headers[name])])),
      ]).toEqual([path, expected])
    }
  })

  it('headers of a reply are set, added and taken off', async () => {
    const { send } = await open(
      rule('/set', modifier('response', 'set: [{ name: X-More, value: ours }, { name: X-New, value: new }]')) +
        rule('/add', modifier('response', 'add: [{ name: x-more, value: ours }, { name: X-New, value: "a,b" }]')) +
        rule('/remove', modifier('response', 'remove: [X-MORE]')) +
        `    - { matches: [{ path: { value: /redirect } }], filters: [${modifier('response', 'set: [{ name: X-New, value: new }]')}, { type: RequestRedirect, requestRedirect: { hostname: b.com } }] }\n`,
    )
    const of = ({ headers }: Answer): unknown => [bare(headers['x-more']), bare(headers['x-new'])]
    expect(of(await send('/set'))).toEqual(['ours', 'new'])
    expect(of(await send('/add'))).toEqual(['theirs,ours', 'a,b'])
    expect(of(await send('/remove'))).toEqual([undefined, undefined])
    expect((await send('/redirect')).headers).toMatchObject({ 'x-new': 'new' })
  })

  it('headers are changed by the rule and by the backend that is drawn', async () => {
    const backend = (name: string): string =>
      `{ name: ${name}, port: 8080, filters: [${modifier('request', `set: [{ name: backend, value: ${name} }, { name: both, value: backend }], add: [{ name: list, value: ${name} }], remove: [gone]`)}, ${modifier('response', `set: [{ name: x-from, value: ${name} }], remove: [x-more]`)}] }`
    let draw = 0
    const { send } = await open(
      rule(
        '/',
        modifier('request', 'set: [{ name: rule, value: yes }, { name: both, value: rule }]'),
        `${backend('v1')}, ${backend('v2')}`,
      ).replace('value: yes', 'value: "yes"'),
      { random: () => draw },
    )
    for (const [at, name] of [
      [0, 'v1'],
      [0.9, 'v2'],
    ] as const) {
      draw = at
      const { seen, headers } = await send('/', { list: 'own', gone: 'x', backend: 'old' })
      expect(seen?.backend).toBe(name)
      expect(seen?.headers).toMatchObject({ rule: 'yes', backend: name })
      expect(bare(seen?.headers.list)).toBe(`own,${name}`)
      expect(seen?.headers.gone).toBeUndefined()
      expect([headers['x-from'], headers['x-more']]).toEqual([name, undefined])
    }
  })

  const mirror = (name: string, share = ''): string =>
    `{ type: RequestMirror, requestMirror: { backendRef: { name: ${name}, port: 8080 }${share} } }`
  const counts = (seen: readonly Seen[]): Record<string, number> => {
    const found: Record<string, number> = {}
    for (const { backend } of seen) found[backend] = (found[backend] ?? 0) + 1
    return found
  }

  it('copies go to every mirror, changed as the request is, and what they answer does not matter', async () => {
    const { send, seen } = await open(
      rule(
        '/mirror',
        `${modifier('request', 'set: [{ name: x-set, value: set }], remove: [x-gone]')}, ${mirror('v2')}, ${mirror('v3')}`,
      ),
      { behave: ({ backend }) => (backend === 'v1' ? 200 : 503) },
    )
    const answer = await send('/mirror?q=1', { 'x-gone': 'x' })
    expect([answer.status, answer.seen?.backend]).toEqual([200, 'v1'])
    await expect.poll(() => counts(seen)).toEqual({ v1: 1, v2: 1, v3: 1 })
    for (const { url, headers } of seen) {
      expect([url, headers['x-set'], headers['x-gone']]).toEqual(['/mirror?q=1', 'set', undefined])
    }
  })

  it.each<readonly [string, number]>([
    [', percent: 20', 0.2],
    [', percent: 100', 1],
    [', percent: 0', 0],
    [', fraction: { numerator: 50, denominator: 200 }', 0.25],
    [', fraction: { numerator: 35 }', 0.35],
    [', fraction: { numerator: 1, denominator: 1000 }', 0.001],
  ])('a mirror with%s copies that share', async (share, expected) => {
    let draw = 0
    const { send, seen } = await open(rule('/', mirror('v2', share)), { random: () => draw })
    for (draw of [0, expected - 0.0005, expected + 0.0005, 0.9999].filter((one) => one >= 0 && one < 1)) {
      seen.length = 0
      expect((await send('/')).seen?.backend).toBe('v1')
      const wanted = draw < expected ? { v1: 1, v2: 1 } : { v1: 1 }
      await expect.poll(() => counts(seen)).toEqual(wanted)
    }
  })

  it('a mirror that is not there is left out', async () => {
    const { send, seen } = await open(rule('/', `${mirror('none')}, ${mirror('v2')}`))
    expect((await send('/')).seen?.backend).toBe('v1')
    await expect.poll(() => counts(seen)).toEqual({ v1: 1, v2: 1 })
  })

  it('the only backend may have mirrors and CORS of its own', async () => {
    const own = `${mirror('v2')}, { type: CORS, cors: { allowOrigins: ["https://b.com"] } }`
    const { send, seen } = await open(rule('/', mirror('v3'), `{ name: v1, port: 8080, filters: [${own}] }`))
    const { headers } = await send('/', { origin: 'https://b.com' })
    expect(headers['access-control-allow-origin']).toBe('https://b.com')
    await expect.poll(() => counts(seen)).toEqual({ v1: 1, v2: 1, v3: 1 })
  })

  it('CORS', async () => {
    const cors = (path: string, settings: string): string => rule(path, `{ type: CORS, cors: { ${settings} } }`)
    const { send, seen } = await open(
      cors(
        '/cors-1',
        'allowOrigins: ["https://www.foo.com", "https://*.bar.com"], allowMethods: [GET, OPTIONS], allowHeaders: [x-header-1, x-header-2], exposeHeaders: [x-header-3, x-header-4], allowCredentials: true, maxAge: 3600',
      ) +
        cors('/cors-2', 'allowOrigins: ["https://www.foo.com"], allowMethods: ["*"]') +
        cors('/any', 'allowOrigins: ["*"], allowMethods: [PUT], allowCredentials: false') +
        cors(
          '/all-auth',
          'allowOrigins: ["https://other.foo.com"], allowMethods: ["*"], allowHeaders: ["*"], exposeHeaders: ["*"], allowCredentials: true',
        ) +
        cors(
          '/all-open',
          'allowOrigins: ["*"], allowMethods: ["*"], allowHeaders: ["*"], exposeHeaders: ["*"], allowCredentials: true',
        ),
    )
    const asks = (origin: string, method: string, headers?: string): Record<string, string> => ({
      origin,
      'access-control-request-method': method,
      ...(headers === undefined ? {} : { 'access-control-request-headers': headers }),
    })
    const granted = async (
      target: string,
      headers: Record<string, string>,
    ): Promise<Record<string, string | undefined>> => {
      const answer = await send(target, headers)
      expect([200, 204]).toContain(answer.status)
      return Object.fromEntries(
        Object.entries(answer.headers)
          .filter(([name]) => name.startsWith('access-control-'))
          .map(([name, value]) => [name.slice('access-control-'.length), bare(value)]),
      )
    }
    for (const origin of ['https://www.foo.com', 'https://www.bar.com', 'https://xpto.www.bar.com']) {
      expect(await granted('OPTIONS /cors-1', asks(origin, 'GET', 'x-header-1, x-header-2'))).toEqual({
        'allow-origin': origin,
        'allow-methods': 'GET,OPTIONS',
        'allow-headers': 'x-header-1,x-header-2',
        'expose-headers': 'x-header-3,x-header-4',
        'max-age': '3600',
        'allow-credentials': 'true',
      })
      expect(await granted('/cors-1', asks(origin, 'GET'))).toMatchObject({
        'allow-origin': origin,
        'allow-credentials': 'true',
      })
    }
    for (const origin of ['https://foobar.com', 'http://www.foo.com', 'https://bar.com', 'https://www.foo.com:8443']) {
      expect(await granted('OPTIONS /cors-1', asks(origin, 'GET'))).toEqual({})
      expect(await granted('/cors-1', asks(origin, 'GET'))).toEqual({})
    }
    expect(await granted('OPTIONS /cors-2', asks('https://www.foo.com', 'POST'))).toEqual({
      'allow-origin': 'https://www.foo.com',
      'allow-methods': 'POST',
      'max-age': '5',
    })
    for (const origin of ['https://foobar.com', 'https://foobar.com:12345']) {
      expect(await granted('OPTIONS /any', asks(origin, 'PUT'))).toEqual({
        'allow-origin': origin,
        'allow-methods': 'PUT',
        'max-age': '5',
      })
      expect(await granted('PUT /any', { origin })).toEqual({ 'allow-origin': origin })
    }
    for (const path of ['/all-auth', '/all-open']) {
      expect(await granted(`OPTIONS ${path}`, asks('https://other.foo.com', 'PUT', 'x-header-1, x-header-2'))).toEqual({
        'allow-origin': 'https://other.foo.com',
        'allow-methods': 'PUT',
        'allow-headers': 'x-header-1,x-header-2',
        'max-age': '5',
        'allow-credentials': 'true',
      })
      expect(await granted(path, { origin: 'https://other.foo.com', authorization: 'Bearer test' })).toEqual({
        'allow-origin': 'https://other.foo.com',
        'allow-credentials': 'true',
      })
    }
    expect(seen.filter(({ method }) => method === 'OPTIONS')).toEqual([])
    expect((await send('OPTIONS /cors-1', {})).seen?.method).toBe('OPTIONS')
  })
})
