import { describe, expect, it } from 'vitest'
import type { ServiceRoute } from '../../../src/config/service.js'
import type { LoadedConfig } from '../../../src/manifests/index.js'
import { found, messages } from '../load-text.js'
import { load, meshRoute, ruleWith, service } from './route-text.js'

async function ruleOf(fields: string): Promise<ServiceRoute | undefined> {
  const config = await load(meshRoute('r', `    - ${fields}\n`))
  expect(found(config)).toEqual([])
  return config.services?.echo?.routes?.[0]
}

function first(config: LoadedConfig): ServiceRoute | undefined {
  return config.services?.echo?.routes?.[0]
}

describe('backends', () => {
  it.each<[string, string, unknown]>([
    ['one takes all', '[{ name: v1, port: 8080 }]', [{ service: 'v1' }]],
    ['one takes all, whatever its weight', '[{ name: v1, port: 8080, weight: 7 }]', [{ service: 'v1' }]],
    ['the Service itself is no other', '[{ name: echo, port: 8080 }]', undefined],
    [
      'several share by weight, 1 by default',
      '[{ name: v1, port: 8080 }, { name: v2, port: 8080, weight: 3 }]',
      [
        { service: 'v1', weight: 1 },
        { service: 'v2', weight: 3 },
      ],
    ],
    [
      'weight 0 gets nothing',
      '[{ name: v1, port: 8080, weight: 0 }, { name: v2, port: 8080, weight: 3 }]',
      [{ service: 'v2' }],
    ],
  ])('%s', async (_, refs, to) => {
    expect((await ruleOf(`backendRefs: ${refs}`))?.to).toEqual(to)
  })

  it.each<[string, string]>([
    ['there are none', 'name: empty'],
    ['the list is empty', 'backendRefs: []'],
    ['the weights sum to 0', 'backendRefs: [{ name: v1, port: 8080, weight: 0 }]'],
  ])('the answer is 500 if %s', async (_, fields) => {
    expect(await ruleOf(fields)).toMatchObject({ directResponse: { status: 500 } })
  })

  it('change headers of the calls that they get', async () => {
    const refs =
      '[{ name: v1, port: 8080, filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: A, value: b }] } }] }]'
    expect((await ruleOf(`backendRefs: ${refs}`))?.to).toEqual([
      { service: 'v1', headers: { request: { set: { a: 'b' } } } },
    ])
  })

  it('with a filter that cannot be run answer 500', async () => {
    const refs = '[{ name: v1, port: 8080, filters: [{ type: URLRewrite, urlRewrite: {} }] }, { name: v2, port: 8080 }]'
    const config = await load(meshRoute('r', `    - backendRefs: ${refs}\n`))
    expect(found(config)).toEqual([expect.stringMatching(/warning unsupported-field .*filters\[0\]\.urlRewrite/)])
    expect(first(config)?.to).toEqual([
      { status: 500, weight: 1 },
      { service: 'v2', weight: 1 },
    ])
  })

  it.each<[string, string, string]>([
    ['an unknown kind', '{ kind: Bucket, name: v1 }', 'unsupported-field'],
    ['another group', '{ group: a.com, kind: Service, name: v1, port: 8080 }', 'unsupported-field'],
    ['a Service that is not there', '{ name: none, port: 8080 }', 'missing-service'],
    ['a Service that is elsewhere', '{ name: v1, namespace: other, port: 8080 }', 'missing-service'],
    ['a port that is not open', '{ name: v1, port: 80 }', 'unknown-port'],
  ])('answers 500 for the share of %s', async (_, ref, code) => {
    const config = await load(meshRoute('r', `    - backendRefs: [${ref}, { name: v2, port: 8080, weight: 3 }]\n`))
    expect(found(config)).toEqual([expect.stringMatching(new RegExp(`^m\\.yaml:7:\\d+ warning ${code} `))])
    expect(first(config)?.to).toEqual([
      { status: 500, weight: 1 },
      { service: 'v2', weight: 3 },
    ])
    const alone = await load(meshRoute('r', `    - backendRefs: [${ref}]\n`))
    expect(first(alone)?.to).toEqual([{ status: 500 }])
  })

  it('in another namespace need no grant inside the mesh', async () => {
    const config = await load([
      service('far', 'other'),
      meshRoute('r', '    - backendRefs: [{ name: far, namespace: other, port: 8080 }]\n'),
    ])
    expect(first(config)?.to).toEqual([{ service: 'far.other' }])
  })

  it('are known by their endpoints, too', async () => {
    const config = await load(meshRoute('r', '    - backendRefs: [{ name: bare, port: 80 }]\n'), {
      endpoints: { bare: [{ url: 'http://127.0.0.1:9000' }], echo: [], v1: [], v2: [], v3: [] },
    })
    expect(first(config)?.to).toEqual([{ service: 'bare' }])
  })

  it('mean the service of a port', async () => {
    const two =
      'apiVersion: v1\nkind: Service\nmetadata: { name: two, namespace: infra }\nspec: { ports: [{ name: a, port: 80 }, { name: b, port: 81 }] }\n'
    const config = await load([two, meshRoute('r', '    - backendRefs: [{ name: two, port: 81 }]\n')])
    expect(first(config)?.to).toEqual([{ service: 'two:81' }])
  })

  it.each<[string, string]>([
    ['without a name', '[{ port: 80 }]'],
    ['without a port', '[{ name: v1 }]'],
    ['of a negative weight', '[{ name: v1, port: 8080, weight: -1 }]'],
    ['of a weight over a million', '[{ name: v1, port: 8080, weight: 1000001 }]'],
    ['of port 0', '[{ name: v1, port: 0 }]'],
    ['17 in number', `[${Array.from({ length: 17 }, () => '{ name: v1, port: 8080 }').join(', ')}]`],
  ])('%s are refused', async (_, refs) => {
    const config = await load(meshRoute('r', `    - backendRefs: ${refs}\n`))
    expect(found(config)).toEqual([expect.stringMatching(/^m\.yaml:7:\d+ error (?:invalid-value|missing-field) /)])
  })
})

describe('timeouts', () => {
  it.each<[string, string, Partial<ServiceRoute>]>([
    ['bound the whole', 'timeouts: { request: 1m30s }', { timeout: 90_000 }],
    ['are switched off', 'timeouts: { request: 0s }', { timeout: 0 }],
    [
      'of an attempt bound the whole where there is one attempt',
      'timeouts: { backendRequest: 500ms }',
      { timeout: 500 },
    ],
    ['take the shorter of both', 'timeouts: { request: 2s, backendRequest: 1s }', { timeout: 1_000 }],
    ['of an attempt may be off', 'timeouts: { request: 2s, backendRequest: 0s }', { timeout: 2_000 }],
    ['of an attempt go with an endless whole', 'timeouts: { request: 0s, backendRequest: 1s }', { timeout: 1_000 }],
  ])('%s', async (_, fields, expected) => {
    const config = await load(meshRoute('r', ruleWith(fields)))
    expect(found(config)).toEqual([])
    expect(first(config)).toMatchObject(expected)
    expect(first(config)?.retry).toBeUndefined()
  })

  it.each([
    ['an attempt that outlasts the whole', 'timeouts: { request: 1s, backendRequest: 2s }'],
    ['a fraction', 'timeouts: { request: 1.5s }'],
    ['no unit', 'timeouts: { request: "10" }'],
    ['five parts', 'timeouts: { request: 1h1m1s1ms1ms }'],
    ['six digits', 'timeouts: { request: 100000s }'],
    ['microseconds', 'timeouts: { request: 10us }'],
    ['a negative time', 'timeouts: { request: -1s }'],
  ])('refuse %s', async (_, fields) => {
    const config = await load(meshRoute('r', ruleWith(fields)))
    expect(found(config)).toEqual([expect.stringMatching(/^m\.yaml:8:\d+ error invalid-value .*timeouts/)])
  })
})

describe('retry', () => {
  const manners = { budget: false, unsafe: true, retryAfter: false }
  const always = ['connect-failure', 'refused-stream', 'unavailable', 'cancelled']

  it.each<[string, string, unknown]>([
    ['retries what got to no backend', 'retry: {}', { attempts: 2, on: always, ...manners }],
    [
      'retries statuses',
      'retry: { codes: [500, 503], attempts: 3, backoff: 100ms }',
      {
        attempts: 3,
        on: [...always, 'retriable-status-codes', 500, 503],
        backoff: { min: 100, base: 100 },
        ...manners,
      },
    ],
    ['is off', 'retry: { attempts: 0 }', false],
    [
      'bounds each attempt',
      'timeouts: { request: 3s, backendRequest: 1s }\n      retry: { attempts: 1 }',
      { attempts: 1, on: [...always, 'attempt-timeout'], perTryTimeout: 1_000, ...manners },
    ],
  ])('%s', async (_, fields, expected) => {
    const config = await load(meshRoute('r', ruleWith(fields)))
    expect(found(config)).toEqual([])
    expect(first(config)?.retry).toEqual(expected)
  })

  it('is that of Istio where nothing is said', async () => {
    const config = await load(meshRoute('r', ruleWith('name: plain')))
    expect(first(config)?.retry).toBeUndefined()
    expect(config.services?.echo?.retry).toMatchObject({ attempts: 2, on: [...always, 'retriable-status-codes'] })
  })

  it.each([
    ['a status below 400', 'retry: { codes: [302] }'],
    ['a status above 599', 'retry: { codes: [600] }'],
    ['a word', 'retry: { codes: [5xx] }'],
    ['a status twice', 'retry: { codes: [503, 503] }'],
    ['a negative number', 'retry: { attempts: -1 }'],
    ['a pause without a unit', 'retry: { backoff: "5" }'],
  ])('refuses %s', async (_, fields) => {
    const config = await load(meshRoute('r', ruleWith(fields)))
    expect(found(config)).toEqual([expect.stringMatching(/^m\.yaml:8:\d+ error invalid-value .*retry/)])
  })
})

it('says that sessions do not stick', async () => {
  const config = await load(meshRoute('r', ruleWith('sessionPersistence: { sessionName: a }')))
  expect(found(config)).toEqual(['m.yaml:8:7 warning unsupported-field spec.rules[0].sessionPersistence'])
  expect(messages(config)).toContain('do not stick')
})

describe('a consistent hash', () => {
  const byUser =
    'apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: { name: v1, namespace: infra }\nspec: { host: v1, trafficPolicy: { loadBalancer: { consistentHash: { httpHeaderName: x-user } } } }\n'

  it.each<[string, string, ServiceRoute['retry']]>([
    [
      'of the one backend keeps retries with its endpoint',
      '[{ name: v1, port: 8080 }]',
      { attempts: 2, avoidTried: false },
    ],
    ['of one of several backends does not', '[{ name: v1, port: 8080 }, { name: v2, port: 8080 }]', undefined],
  ])('%s', async (_, refs, retry) => {
    const route = first(await load([byUser, meshRoute('r', `    - backendRefs: ${refs}\n`)]))
    expect(route?.hash).toEqual([expect.objectContaining({ header: 'x-user' })])
    if (retry === undefined) expect(route?.retry).toBeUndefined()
    else expect(route?.retry).toMatchObject({ ...retry })
  })
})
