import { describe, expect, it } from 'vitest'
import type { ServiceRoute } from '../../../src/config/service.js'
import { found, loadText, manifest, messages, reviews, virtualService } from '../load-text.js'

const to = '      route: [{ destination: { host: reviews } }]\n'
const defaults = { budget: false, unsafe: true, retryAfter: false }

async function routes(http: string): Promise<readonly ServiceRoute[]> {
  const config = await loadText(virtualService(http), { endpoints: reviews })
  expect(config.diagnostics.filter((one) => one.severity === 'error')).toEqual([])
  return config.services?.reviews?.routes ?? []
}

async function route(rule: string): Promise<ServiceRoute | undefined> {
  return (await routes(`    - ${rule}\n${to}`))[0]
}

async function problems(rule: string): Promise<string[]> {
  const config = await loadText(virtualService(`    - ${rule}\n`), { endpoints: reviews })
  return found(config).filter((line) => !line.includes('no-endpoints'))
}

describe('match', () => {
  it.each<[string, string, unknown]>([
    ['an exact path', 'uri: { exact: /a }', { path: { exact: '/a' } }],
    ['a raw string prefix', 'uri: { prefix: /a }', { path: { prefix: '/a' } }],
    ['a regex', 'uri: { regex: "/a/[0-9]+" }', { path: { regex: '/a/[0-9]+' } }],
    ['paths in any case', 'uri: { exact: /a }, ignoreUriCase: true', { path: { exact: '/a', ignoreCase: true } }],
    ['a method', 'method: { exact: GET }', { method: { exact: 'GET' } }],
    ['a scheme', 'scheme: { exact: https }', { scheme: { exact: 'https' } }],
    ['an authority', 'authority: { prefix: shop. }', { authority: { prefix: 'shop.' } }],
    ['a header', 'headers: { x-a: { prefix: v } }', { headers: { 'x-a': { prefix: 'v' } } }],
    ['presence by an empty test', 'headers: { x-a: {} }', { headers: { 'x-a': { present: true } } }],
    ['presence by null', 'headers: { x-a: }', { headers: { 'x-a': { present: true } } }],
    ['presence by the regex *', 'headers: { x-a: { regex: "*" } }', { headers: { 'x-a': { present: true } } }],
    ['absence', 'withoutHeaders: { x-a: {} }', { headers: { 'x-a': { present: false } } }],
    ['another value', 'withoutHeaders: { x-a: { exact: v } }', { headers: { 'x-a': { exact: 'v', not: true } } }],
    ['a query parameter', 'queryParams: { q: { exact: "" } }', { query: { q: { exact: '' } } }],
  ])('tests %s', async (_, block, match) => {
    expect((await route(`match: [{ ${block} }]`))?.match).toEqual([match])
  })

  it('has alternatives', async () => {
    const match = (await route('match: [{ uri: { exact: /a } }, { method: { exact: PUT } }]'))?.match
    expect(match).toEqual([{ path: { exact: '/a' } }, { method: { exact: 'PUT' } }])
  })

  it.each([
    ['the port of a listener', 'port: 80'],
    ['labels of the caller', 'sourceLabels: { app: web }'],
    ['the namespace of the caller', 'sourceNamespace: shop'],
    ['claims of a token', 'headers: { "@request.auth.claims.sub": { exact: a } }'],
    ['a pseudo header', 'headers: { ":path": { exact: / } }'],
    ['one header both ways', 'headers: { a: { exact: b } }, withoutHeaders: { a: { exact: c } }'],
    ['a gateway', 'gateways: [edge]'],
  ])('that tests %s is left out, since without the test it would take more calls', async (_, block) => {
    const config = await loadText(virtualService(`    - match: [{ ${block} }]\n${to}`), { endpoints: reviews })
    expect(config.services?.reviews?.routes).toBeUndefined()
    expect(found(config)).toEqual([expect.stringMatching(/^m\.yaml:8:\d+ warning unsupported-field/)])
    expect(messages(config)).toContain('is left out')
  })

  it.each([
    ['two forms', 'uri: { exact: /a, prefix: /b }', 'invalid-value'],
    ['no RE2', 'uri: { regex: "(?=a)" }', 'invalid-value'],
    ['no mapping', 'uri: /a', 'wrong-type'],
    ['an unknown form', 'uri: { suffix: /a }', 'invalid-value'],
    ['an unknown condition', 'urii: { exact: /a }', 'unknown-field'],
  ])('with %s is an error', async (_, block, code) => {
    const config = await loadText(virtualService(`    - match: [{ ${block} }]\n${to}`), { endpoints: reviews })
    expect(found(config)[0]).toMatch(new RegExp(`^m\\.yaml:8:\\d+ error ${code} `))
  })
})

describe('route', () => {
  const two = (a: string, b: string): string => `    - route: [{ destination: ${a} }, { destination: ${b} }]\n`

  it('to one subset ignores its weight', async () => {
    const rules = await routes('    - route: [{ destination: { host: reviews, subset: v1 }, weight: 20 }]\n')
    expect(rules[0]?.to).toBe('v1')
  })

  it('to the service itself needs no target', async () => {
    expect(await route('timeout: 1s')).toEqual({ timeout: 1_000, origin: { file: 'm.yaml', line: 8 } })
  })

  it('to another service names it', async () => {
    const rules = await routes('    - route: [{ destination: { host: ratings.default.svc.cluster.local } }]\n')
    expect(rules[0]?.to).toEqual([{ service: 'ratings' }])
  })

  it('splits by weight; a weight of 0 takes nothing', async () => {
    const rule = two('{ host: reviews }, weight: 1', '{ host: ratings, subset: v1 }, weight: 3')
    expect((await routes(rule))[0]?.to).toEqual([{ weight: 1 }, { service: 'ratings', subset: 'v1', weight: 3 }])
    const zero = two('{ host: reviews, subset: v1 }, weight: 0', '{ host: reviews, subset: v2 }, weight: 5')
    expect((await routes(zero))[0]?.to).toBe('v2')
  })

  it.each([
    [
      'weights that sum to 0',
      'route: [{ destination: { host: a }, weight: 0 }, { destination: { host: b } }]',
      'invalid-value',
    ],
    ['a negative weight', 'route: [{ destination: { host: a }, weight: -1 }]', 'invalid-value'],
    ['a weight that is no integer', 'route: [{ destination: { host: a }, weight: 1.5 }]', 'invalid-value'],
    ['a weight that is a string', 'route: [{ destination: { host: a }, weight: "1" }]', 'wrong-type'],
    ['a weight beyond 2^31', 'route: [{ destination: { host: a }, weight: 2147483648 }]', 'invalid-value'],
    ['no destination', 'route: [{ weight: 1 }]', 'missing-field'],
    ['no host', 'route: [{ destination: { subset: v1 } }]', 'missing-field'],
    ['nothing at all', 'name: x', 'missing-field'],
  ])('with %s is an error', async (_, rule, code) => {
    expect((await problems(rule))[0]).toMatch(new RegExp(`^m\\.yaml:8:\\d+ error ${code} `))
  })
})

describe('an undefined subset', () => {
  const rule = '    - route: [{ destination: { host: reviews, subset: v9 } }]\n'

  it('is taken for a value of the label version', async () => {
    const config = await loadText(virtualService(rule), { endpoints: reviews })
    expect(config.services?.reviews?.subsets).toEqual({ v9: { version: 'v9' } })
    expect(messages(config)).toContain('None has it.')
  })

  it('under strict leads nowhere, as in Istio', async () => {
    const config = await loadText(virtualService(rule), { endpoints: reviews, strict: true })
    expect(config.services?.reviews).toMatchObject({ allowUnknownDestinations: true })
    expect(config.services?.reviews?.subsets).toBeUndefined()
  })
})

describe('timeout and retries', () => {
  it('are those of Istio where nothing is said', async () => {
    const config = await loadText(virtualService(`    - name: all\n${to}`), { endpoints: reviews })
    const on = ['connect-failure', 'refused-stream', 'unavailable', 'cancelled', 'retriable-status-codes']
    expect(config.services?.reviews?.retry).toEqual({ attempts: 2, on, ...defaults })
    expect(config.services?.reviews?.timeout).toBeUndefined()
    expect(config.services?.reviews?.routes?.[0]).toEqual({ name: 'all', origin: { file: 'm.yaml', line: 8 } })
  })

  it.each<[string, unknown]>([
    [
      'retries: { attempts: 3, retryOn: "5xx,503, retriable-4xx" }',
      { attempts: 3, on: ['5xx', 503, 'retriable-4xx'], ...defaults },
    ],
    [
      'retries: { attempts: 1, retryOn: reset, backoff: 10ms }',
      { attempts: 1, on: ['reset'], backoff: { base: 10, max: 100 }, ...defaults },
    ],
    [
      'retries: { attempts: 1, retryOn: reset, perTryTimeout: 2s }',
      { attempts: 1, on: ['reset'], perTryTimeout: 2_000, ...defaults },
    ],
    ['retries: {}', false],
    ['retries: { attempts: 0 }', false],
  ])('%s is %j', async (rule, retry) => {
    expect((await route(rule))?.retry).toEqual(retry)
  })

  it('a timeout of 0s is none', async () => {
    expect((await route('timeout: 0s'))?.timeout).toBe(0)
  })

  it('a perTryTimeout that is not shorter than the timeout has no effect', async () => {
    const rule = `timeout: 1s\n      retries: { attempts: 1, perTryTimeout: 1s }\n${to}`
    expect((await problems(rule))[0]).toContain('m.yaml:9:31 warning shadowed')
  })

  it.each([
    ['timeout: 30', 'wrong-type'],
    ['timeout: 30d', 'invalid-value'],
    ['timeout: 2147483648ms', 'invalid-value'],
    ['retries: { attempts: -1 }', 'invalid-value'],
    ['retries: { attempts: 1000000 }', 'invalid-value'],
    ['retries: { attempts: 1.5 }', 'invalid-value'],
    ['retries: { attempts: 0, perTryTimeout: 1s }', 'invalid-value'],
    ['retries: { attempts: 1, perTryTimeout: 0s }', 'invalid-value'],
    ['retries: { attempts: 1, retryOn: sometimes }', 'invalid-value'],
  ])('%s is an error', async (rule, code) => {
    expect((await problems(`${rule}\n${to}`))[0]).toMatch(new RegExp(`^m\\.yaml:8:\\d+ error ${code} `))
  })
})

describe('what is not done yet', () => {
  it.each([
    ['rewrite: { uri: / }', 'warning'],
    ['fault: {}', 'warning'],
    ['mirror: { host: a }', 'warning'],
    ['corsPolicy: {}', 'warning'],
    ['headers: { request: { set: { a: b } } }', 'warning'],
    ['headers: { request: { remove: [authorization] } }', 'error'],
    ['redirect: { uri: / }', 'error'],
    ['directResponse: { status: 403 }', 'error'],
    ['delegate: { name: a }', 'error'],
  ])('%s gives a line and a %s', async (rule, severity) => {
    expect(await problems(`${rule}\n${to}`)).toEqual([
      expect.stringMatching(new RegExp(`^m\\.yaml:8:7 ${severity} unsupported-field spec\\.http\\[0\\]\\.`)),
    ])
  })
})

describe('a VirtualService', () => {
  const named = (name: string, spec: string): string =>
    manifest('networking.istio.io/v1beta1', 'VirtualService', name, `spec:\n${spec}`)

  it('for an Istio gateway alone does not route the mesh', async () => {
    const text = named('a', `  hosts: [reviews]\n  gateways: [edge]\n  http:\n    - name: x\n${to}`)
    const config = await loadText(text, { endpoints: reviews })
    expect(config.services?.reviews?.routes).toBeUndefined()
    expect(found(config)).toEqual(['m.yaml:7:3 warning unsupported-field spec.gateways'])
  })

  it('for several hosts routes each of them', async () => {
    const text = named('a', `  hosts: [reviews, old-reviews]\n  http:\n    - name: x\n${to}`)
    const config = await loadText(text, { endpoints: reviews })
    expect(config.services?.reviews?.routes?.[0]?.to).toBeUndefined()
    expect(config.services?.['old-reviews']?.routes?.[0]?.to).toEqual([{ service: 'reviews' }])
    expect(config.diagnostics).toEqual([])
  })

  it('that comes second for a host is ignored, with the place of the first', async () => {
    const spec = `  hosts: [reviews]\n  http:\n    - name: x\n${to}`
    const config = await loadText(`${named('a', spec)}---\n${named('b', spec)}`, { endpoints: reviews })
    expect(found(config)).toEqual(['m.yaml:16:3 warning shadowed spec.hosts'])
    expect(messages(config)).toContain('"a" (m.yaml:4)')
  })

  it.each([
    ['  hosts: ["*.shop"]\n', 'm.yaml:6:3 warning unsupported-field spec.hosts'],
    ['  http: []\n', 'm.yaml:5:1 error missing-field spec.hosts'],
    ['  hosts: [reviews]\n  tcp: []\n', 'm.yaml:7:3 warning unsupported-field spec.tcp'],
  ])('with %j says so', async (spec, line) => {
    const config = await loadText(named('a', spec), { endpoints: reviews })
    expect(found(config).map((one) => one.replace('6:3 error missing', '5:1 error missing'))).toEqual([line])
  })

  it('finds rules that an earlier one hides', async () => {
    for (const all of ['uri: { prefix: / }', 'uri: { regex: .* }', 'ignoreUriCase: true']) {
      const config = await loadText(virtualService(`    - match: [{ ${all} }]\n${to}    - name: b\n${to}`), {
        endpoints: reviews,
      })
      expect(found(config)).toEqual(['m.yaml:10:7 warning shadowed spec.http[1]'])
      expect(config.services?.reviews?.routes).toHaveLength(1)
    }
  })
})
