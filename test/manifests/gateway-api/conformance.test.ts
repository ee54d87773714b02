import { afterEach, describe, expect, it } from 'vitest'
import { createMesh } from '../../../src/mesh/create-mesh.js'
import type { InboundExplanation } from '../../../src/mesh/explain-inbound.js'
import { gateway, httpRoute, load, meshRoute, rule } from './route-text.js'

/**
 * Decisions that the conformance suite of the Gateway API asks for (HTTPRouteMatching, HTTPRoutePathMatchOrder,
 * HTTPRouteHeaderMatching, HTTPRouteQueryParamMatching, HTTPRouteMethodMatching and their mesh twins).
 */

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

type Headers = Record<string, string>

/** Asks which backends a call to `echo` could reach; `404` where no rule matches. */
async function deciding(rules: string): Promise<(target: string, headers?: Headers) => string> {
  const config = await load(meshRoute('r', rules))
  const mesh = createMesh({ service: { name: 'caller', namespace: 'infra' }, config })
  closers.push(() => mesh.close())
  return function decide(target, headers = {}) {
    const [method, path] = target.includes(' ') ? target.split(' ') : ['GET', target]
    const { route, destinations } = mesh.explain({ url: `http://echo${path}`, method: method ?? '', headers })
    return route === undefined ? '404' : destinations.map(({ name }) => name).join()
  }
}

describe('paths and headers', () => {
  const rules =
    rule('v1', '{ path: { type: PathPrefix, value: / } }, { headers: [{ name: version, value: one }] }') +
    rule('v2', '{ path: { type: PathPrefix, value: /v2 } }, { headers: [{ name: version, value: two }] }') +
    rule(
      'v3',
      '{ path: { value: /v2/deep }, headers: [{ name: version, value: three }] }, { path: { type: Exact, value: /exact } }',
    )

  it.each<[string, Headers, string]>([
    ['/', {}, 'v1'],
    ['/example', {}, 'v1'],
    ['/', { version: 'one' }, 'v1'],
    ['/v2', {}, 'v2'],
    ['/v2?x=/', {}, 'v2'],
    ['/v2/', {}, 'v2'],
    ['/v2/example', {}, 'v2'],
    ['/', { Version: 'two' }, 'v2'],
    ['/', { version: 'TWO' }, 'v1'],
    ['/v2example', {}, 'v1'],
    ['/V2', {}, 'v1'],
    ['/foo/v2/example', {}, 'v1'],
    ['/v2/deep/er', { version: 'three' }, 'v3'],
    ['/v2/deep/er', { version: 'two' }, 'v2'],
    ['/exact', {}, 'v3'],
    ['/exact/', {}, 'v1'],
  ])('%s %o goes to %s', async (target, headers, backend) => {
    expect((await deciding(rules))(target, headers)).toBe(backend)
  })
})

describe('the order of paths', () => {
  const path = (type: string, value: string): string => `{ path: { type: ${type}, value: "${value}" } }`
  const rules =
    rule('v3', path('PathPrefix', '/match')) +
    rule('v2', path('PathPrefix', '/match/prefix/one')) +
    rule('v1', path('Exact', '/match/exact/one')) +
    rule('v2', path('Exact', '/match/exact')) +
    rule('v1', path('PathPrefix', '/match/prefix/one/any')) +
    rule('v1', path('RegularExpression', '/(match|other)/re.*'))

  it.each<[string, string]>([
    ['/match/exact/one', 'v1'],
    ['/match/exact', 'v2'],
    ['/match', 'v3'],
    ['/match/prefix/one/any', 'v1'],
    ['/match/prefix/one/any/thing', 'v1'],
    ['/match/prefix/one/anything', 'v2'],
    ['/match/prefix/any', 'v3'],
    ['/match/re', 'v3'],
    ['/other/re/x', 'v1'],
    ['/other/x', '404'],
    ['/x/other/re', '404'],
  ])('%s goes to %s', async (target, backend) => {
    expect((await deciding(rules))(target)).toBe(backend)
  })
})

describe('headers', () => {
  const of = (...pairs: [string, string][]): string =>
    `{ headers: [${pairs.map(([name, value]) => `{ name: ${name}, value: ${value} }`).join(', ')}] }`
  const rules =
    rule('v1', of(['version', 'one'])) +
    rule('v2', of(['version', 'two'])) +
    rule('v1', of(['version', 'two'], ['color', 'orange'])) +
    rule('v1', `${of(['color', 'blue'])}, ${of(['color', 'green'])}`) +
    rule('v2', `${of(['color', 'red'])}, ${of(['color', 'yellow'])}`) +
    rule('v3', '{ headers: [{ name: re, type: RegularExpression, value: "v[0-9]" }] }')

  it.each<[Headers, string]>([
    [{ Version: 'one' }, 'v1'],
    [{ version: 'two' }, 'v2'],
    [{ version: 'two', color: 'orange' }, 'v1'],
    [{ color: 'blue' }, 'v1'],
    [{ COLOR: 'green' }, 'v1'],
    [{ color: 'red' }, 'v2'],
    [{ color: 'yellow' }, 'v2'],
    [{ color: 'purple' }, '404'],
    [{ color: 'orange' }, '404'],
    [{ re: 'v7' }, 'v3'],
    [{ re: 'v77' }, '404'],
    [{}, '404'],
  ])('%o goes to %s', async (headers, backend) => {
    expect((await deciding(rules))('/', headers)).toBe(backend)
  })
})

describe('query parameters', () => {
  const of = (more: string, ...pairs: [string, string][]): string =>
    `{ ${more}queryParams: [${pairs.map(([name, value]) => `{ name: ${name}, value: ${value} }`).join(', ')}] }`
  const rules =
    rule('v1', of('', ['animal', 'whale'])) +
    rule('v2', of('', ['animal', 'dolphin'])) +
    rule('v3', of('', ['animal', 'dolphin'], ['color', 'blue'])) +
    rule('v3', of('', ['ANIMAL', 'Whale'])) +
    rule(
      'v1',
      `${of('path: { value: /path1 }, ', ['animal', 'whale'])}, ${of('headers: [{ name: version, value: one }], ', ['animal', 'whale'])}`,
    ) +
    rule('v2', of('path: { value: /path5 }, ', ['animal', 'hydra'])) +
    rule('v3', '{ path: { value: /path5 } }')

  it.each<[string, Headers, string]>([
    ['/?animal=whale', {}, 'v1'],
    ['/?animal=dolphin', {}, 'v2'],
    ['/?animal=dolphin&color=blue', {}, 'v3'],
    ['/?color=blue&animal=dolphin', {}, 'v3'],
    ['/?ANIMAL=Whale', {}, 'v3'],
    ['/?animal=whale&otherparam=irrelevant', {}, 'v1'],
    ['/?animal=dolphin&color=yellow', {}, 'v2'],
    ['/?animal=whale&animal=dolphin', {}, 'v1'],
    ['/?color=blue', {}, '404'],
    ['/?animal=dog', {}, '404'],
    ['/?animal=whaledolphin', {}, '404'],
    ['/', {}, '404'],
    ['/path1?animal=whale', {}, 'v1'],
    ['/?animal=whale', { version: 'one' }, 'v1'],
    ['/path5?animal=hydra', {}, 'v2'],
    ['/path5', {}, 'v3'],
  ])('%s %o goes to %s', async (target, headers, backend) => {
    expect((await deciding(rules))(target, headers)).toBe(backend)
  })
})

describe('methods', () => {
  const rules =
    rule('v1', '{ method: POST }') +
    rule('v2', '{ method: GET }') +
    rule('v1', '{ path: { value: /path1 }, method: GET }') +
    rule('v2', '{ method: PUT, headers: [{ name: version, value: one }] }') +
    rule('v3', '{ path: { value: /path2 }, method: POST, headers: [{ name: version, value: two }] }') +
    rule('v3', '{ path: { value: /path5 } }') +
    rule('v1', '{ path: { value: /path5 }, method: PATCH }') +
    rule('v2', '{ headers: [{ name: version, value: four }] }')

  it.each<[string, Headers, string]>([
    ['POST /', {}, 'v1'],
    ['GET /', {}, 'v2'],
    ['HEAD /', {}, '404'],
    ['GET /path1', {}, 'v1'],
    ['PUT /', { version: 'one' }, 'v2'],
    ['PUT /', {}, '404'],
    ['POST /path2', { version: 'two' }, 'v3'],
    ['POST /path2', {}, 'v1'],
    ['PATCH /path5', {}, 'v1'],
    ['GET /path5', {}, 'v3'],
    ['PATCH /', { version: 'four' }, 'v2'],
    ['POST /', { version: 'four' }, 'v1'],
  ])('%s %o goes to %s', async (target, headers, backend) => {
    expect((await deciding(rules))(target, headers)).toBe(backend)
  })
})

it('tells the rule by file and line, and the shares of the backends', async () => {
  const config = await load(
    meshRoute('r', '    - backendRefs: [{ name: v1, port: 8080, weight: 70 }, { name: v2, port: 8080, weight: 30 }]\n'),
  )
  const mesh = createMesh({ service: { name: 'caller', namespace: 'infra' }, config })
  closers.push(() => mesh.close())
  const { route, destinations } = mesh.explain({ url: 'http://echo.infra.svc.cluster.local/' })
  expect(route).toMatchObject({ name: 'infra.r.0', origin: { file: 'm.yaml', line: 7 } })
  expect(destinations.map(({ name, share }) => [name, share])).toEqual([
    ['v1', 0.7],
    ['v2', 0.3],
  ])
})

it('explains a request at the gateway down to the rule and the backends', async () => {
  const config = await load([
    gateway('gw', '{ name: web, port: 80, protocol: HTTP }'),
    httpRoute(
      'r',
      `  parentRefs: [{ name: gw }]\n  hostnames: ["*.a.com"]\n  rules:\n${rule('v1', '{ path: { value: /x } }')}`,
    ),
  ])
  const mesh = createMesh({ service: { name: 'edge', namespace: 'infra' }, config })
  closers.push(() => mesh.close())
  const explain = (url: string): InboundExplanation['gateway'] => mesh.explain({ side: 'server', url }).gateway
  expect(explain('http://b.com/x')).toBeUndefined()
  expect(explain('http://b.a.com/y')).toMatchObject({ service: 'httproute/*.a.com', upstream: { route: undefined } })
  expect(explain('http://b.a.com/x/y?q')).toMatchObject({
    upstream: {
      route: { name: 'infra.r.0', origin: { file: 'm.yaml', line: 13 } },
      destinations: [{ name: 'v1', share: 1 }],
    },
  })
})
