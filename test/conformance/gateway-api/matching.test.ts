import { describe, expect, it } from 'vitest'
import { gateway, httpRoute, rule } from '../../manifests/gateway-api/route-text.js'
import { edge, inside, type Send } from './harness.js'

/** HTTPRouteMatching, -HeaderMatching, -QueryParamMatching, -MethodMatching, -PathMatchOrder, -ExactPathMatching, at the gateway and in the mesh. */

type Case = readonly [target: string, headers: Record<string, string>, backend: string | number]

const parents = {
  'at the gateway': '  parentRefs: [{ name: gw }]\n',
  'inside the mesh': '  parentRefs: [{ group: "", kind: Service, name: echo, port: 8080 }]\n',
} as const

const web = gateway('gw', '{ name: web, port: 80, protocol: HTTP }')

describe.each(Object.entries(parents))('%s', (place, parent) => {
  async function open(...rules: string[]): Promise<Send> {
    const routes = rules.map((text, i) => httpRoute(`r${i}`, `${parent}  rules:\n${text}`))
    return (place === 'at the gateway' ? await edge([web, ...routes]) : await inside(routes)).send
  }

  async function expectAll(send: Send, cases: readonly Case[]): Promise<void> {
    const got = []
    for (const [target, headers] of cases) {
      const { status, seen } = await send(target, headers)
      got.push([target, headers, seen?.backend ?? status])
    }
    expect(got).toEqual(cases)
  }

  it('paths and headers lead to their backends', async () => {
    const send = await open(
      rule('v1', '{ path: { type: PathPrefix, value: / } }, { headers: [{ name: version, value: one }] }') +
        rule('v2', '{ path: { type: PathPrefix, value: /v2 } }, { headers: [{ name: version, value: two }] }') +
        rule(
          'v3',
          '{ path: { value: /v2/ }, headers: [{ name: version, value: three }] }, { path: { type: Exact, value: /exact } }',
        ),
    )
    await expectAll(send, [
      ['/', {}, 'v1'],
      ['/example', {}, 'v1'],
      ['/', { version: 'one' }, 'v1'],
      ['/v2', {}, 'v2'],
      ['/v2/', {}, 'v2'],
      ['/v2?a=/', {}, 'v2'],
      ['/v2/example', {}, 'v2'],
      ['/', { version: 'two' }, 'v2'],
      ['/', { VERSION: 'two' }, 'v2'],
      ['/', { version: 'Two' }, 'v1'],
      ['/v2example', {}, 'v1'],
      ['/V2', {}, 'v1'],
      ['/v2/example', { version: 'one' }, 'v2'],
      ['/v2/example', { version: 'three' }, 'v3'],
      ['/foo/v2/example', {}, 'v1'],
      ['/exact', {}, 'v3'],
      ['/exact/', {}, 'v1'],
      ['/exact/a', {}, 'v1'],
      ['/exact?q', {}, 'v3'],
    ])
  })

  it('an exact path takes nothing else', async () => {
    const send = await open(
      rule('v1', '{ path: { type: Exact, value: /one } }') + rule('v2', '{ path: { type: Exact, value: /two/ } }'),
    )
    await expectAll(send, [
      ['/one', {}, 'v1'],
      ['/one?x=y', {}, 'v1'],
      ['/One', {}, 404],
      ['/one/', {}, 404],
      ['/one/example', {}, 404],
      ['/oneexample', {}, 404],
      ['/two', {}, 404],
      ['/two/', {}, 'v2'],
      ['/', {}, 404],
    ])
  })

  it('the order of paths is not that of the rules', async () => {
    const path = (type: string, value: string): string => `{ path: { type: ${type}, value: ${value} } }`
    const send = await open(
      rule('v3', path('PathPrefix', '/match')) +
        rule('v2', path('PathPrefix', '/match/prefix/one')) +
        rule('v1', path('PathPrefix', '/match/prefix/one/any')) +
        rule('v1', path('Exact', '/match/exact/one')) +
        rule('v2', path('Exact', '/match/exact')),
    )
    await expectAll(send, [
      ['/match/exact/one', {}, 'v1'],
      ['/match/exact', {}, 'v2'],
      ['/match', {}, 'v3'],
      ['/match/prefix/one/any', {}, 'v1'],
      ['/match/prefix/any', {}, 'v3'],
      ['/match/prefix/one', {}, 'v2'],
      ['/match/prefix/oneany', {}, 'v3'],
      ['/match/any', {}, 'v3'],
    ])
  })

  it('all headers of a match have to be there, and the match with more of them goes first', async () => {
    const of = (...pairs: [string, string][]): string =>
      `{ headers: [${pairs.map(([name, value]) => `{ name: ${name}, value: ${value} }`).join(', ')}] }`
    const send = await open(
      rule('v1', of(['version', 'one'])) +
        rule('v2', of(['version', 'two'])) +
        rule('v1', of(['version', 'two'], ['color', 'orange'])) +
        rule('v1', `${of(['color', 'blue'])}, ${of(['color', 'green'])}`) +
        rule('v2', `${of(['color', 'red'])}, ${of(['color', 'yellow'])}`),
    )
    await expectAll(send, [
      ['/', { version: 'one' }, 'v1'],
      ['/', { version: 'two' }, 'v2'],
      ['/', { version: 'two', color: 'orange' }, 'v1'],
      ['/', { version: 'two', color: 'blue' }, 'v2'],
      ['/', { Color: 'blue' }, 'v1'],
      ['/', { color: 'green' }, 'v1'],
      ['/', { color: 'red' }, 'v2'],
      ['/', { color: 'yellow' }, 'v2'],
      ['/', { color: 'purple' }, 404],
      ['/', { color: 'orange' }, 404],
      ['/', { version: 'three' }, 404],
      ['/', {}, 404],
    ])
  })

  it('query parameters are told apart by name and value', async () => {
    const of = (more: string, ...pairs: [string, string][]): string =>
      `{ ${more}queryParams: [${pairs.map(([name, value]) => `{ name: ${name}, value: ${value} }`).join(', ')}] }`
    const send = await open(
      rule('v1', of('', ['animal', 'whale'])) +
        rule('v2', of('', ['animal', 'dolphin'])) +
        rule('v3', of('', ['animal', 'dolphin'], ['color', 'blue'])) +
        rule('v3', of('', ['ANIMAL', 'Whale'])),
      rule(
        'v1',
        `${of('path: { value: /path1 }, ', ['animal', 'whale'])}, ${of('headers: [{ name: version, value: one }], ', ['animal', 'whale'])}`,
      ) +
        rule('v2', of('path: { value: /path2 }, headers: [{ name: version, value: two }], ', ['animal', 'whale'])) +
        rule(
          'v3',
          `${of('path: { value: /path3 }, ', ['animal', 'shark'])}, ${of('path: { value: /path4 }, headers: [{ name: version, value: three }], ', ['animal', 'dolphin'])}`,
        ) +
        rule('v1', of('path: { value: /path5 }, ', ['animal', 'hydra'])) +
        rule('v3', '{ path: { value: /path5 } }'),
    )
    await expectAll(send, [
      ['/?animal=whale', {}, 'v1'],
      ['/?animal=dolphin', {}, 'v2'],
      ['/?animal=whale&otherparam=irrelevant', {}, 'v1'],
      ['/?animal=dolphin&color=yellow', {}, 'v2'],
      ['/?animal=dolphin&color=blue', {}, 'v3'],
      ['/?ANIMAL=Whale', {}, 'v3'],
      ['/?animal=whale&animal=dolphin', {}, 'v1'],
      ['/?color=blue', {}, 404],
      ['/?animal=dog', {}, 404],
      ['/?animal=whaledolphin', {}, 404],
      ['/', {}, 404],
      ['/path1?animal=whale', {}, 'v1'],
      ['/?animal=whale', { version: 'one' }, 'v1'],
      ['/path2?animal=whale', { version: 'two' }, 'v2'],
      ['/path3?animal=shark', {}, 'v3'],
      ['/path4?animal=dolphin', { version: 'three' }, 'v3'],
      ['/path3', {}, 404],
      ['/path5?animal=hydra', {}, 'v1'],
      ['/path5', {}, 'v3'],
      ['/?anima%6C=wha%6Ce', {}, 404],
    ])
  })

  it('methods count before headers and after paths', async () => {
    const send = await open(
      rule('v1', '{ method: POST }') + rule('v2', '{ method: GET }') + rule('v3', '{ method: HEAD }'),
      rule('v1', '{ path: { value: /path1 }, method: GET }') +
        rule('v2', '{ headers: [{ name: version, value: one }], method: PUT }') +
        rule('v3', '{ path: { value: /path2 }, headers: [{ name: version, value: two }], method: POST }') +
        rule(
          'v1',
          '{ path: { value: /path3 }, method: PATCH }, { path: { value: /path4 }, headers: [{ name: version, value: three }], method: DELETE }',
        ) +
        rule('v3', '{ path: { value: /path5 } }') +
        rule('v1', '{ method: PATCH }') +
        rule('v2', '{ headers: [{ name: version, value: four }] }'),
    )
    await expectAll(send, [
      ['POST /', {}, 'v1'],
      ['GET /', {}, 'v2'],
      ['OPTIONS /', {}, 404],
      ['GET /path1', {}, 'v1'],
      ['PUT /', { version: 'one' }, 'v2'],
      ['POST /path2', { version: 'two' }, 'v3'],
      ['PATCH /path3', {}, 'v1'],
      ['DELETE /path4', { version: 'three' }, 'v1'],
      ['PUT /', {}, 404],
      ['DELETE /path4', {}, 404],
      ['PATCH /path5', {}, 'v3'],
      ['PATCH /', { version: 'four' }, 'v1'],
      ['DELETE /', { version: 'four' }, 'v2'],
    ])
  })
})

it('several routes of one hostname are one list, and each keeps to its hostnames', async () => {
  const { send } = await edge([
    web,
    httpRoute(
      'one',
      `  parentRefs: [{ name: gw }]\n  hostnames: [example.com, example.net]\n  rules:\n${rule('v1', '{ path: { value: / } }, { headers: [{ name: version, value: one }] }')}`,
    ),
    httpRoute(
      'two',
      `  parentRefs: [{ name: gw }]\n  hostnames: [example.com]\n  rules:\n${rule('v2', '{ path: { value: /v2 } }, { headers: [{ name: version, value: two }] }')}`,
    ),
  ])
  const cases: readonly (readonly [string, string, Record<string, string>, string | number])[] = [
    ['example.com', '/', {}, 'v1'],
    ['example.com', '/example', {}, 'v1'],
    ['example.net', '/example', {}, 'v1'],
    ['example.com', '/', { version: 'one' }, 'v1'],
    ['example.com', '/v2', {}, 'v2'],
    ['example.com', '/v2/example', {}, 'v2'],
    ['example.com', '/v2example', {}, 'v1'],
    ['example.com', '/foo/v2/example', {}, 'v1'],
    ['example.com', '/', { version: 'two' }, 'v2'],
    ['example.net', '/v2', {}, 'v1'],
    ['example.net', '/', { version: 'two' }, 'v1'],
    ['example.org', '/', {}, 404],
    ['a.example.com', '/', {}, 404],
    ['example.com:8080', '/v2', {}, 'v2'],
  ]
  for (const [host, path, headers, backend] of cases) {
    const { status, seen } = await send(path, { host, ...headers })
    expect([host, path, headers, seen?.backend ?? status]).toEqual([host, path, headers, backend])
  }
})
