import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { checkConfig } from '../../src/config/check.js'
import type { MeshConfig } from '../../src/config/config.js'
import { mergeConfigs } from '../../src/config/merge.js'
import { ConfigError } from '../../src/core/config-error.js'
import { createMesh } from '../../src/mesh/create-mesh.js'

function problems(config: unknown): string[] {
  try {
    // What a user without a compiler might write.
    checkConfig(config as MeshConfig)
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n')
    throw error
  }
  return []
}

describe('checkConfig', () => {
  it('accepts the config of the documentation', () => {
    expect(
      problems({
        services: {
          reviews: {
            endpoints: [
              { url: 'https://10.0.0.11:9443', labels: { version: 'v1' } },
              { url: 'https://10.0.0.12:9443', labels: { version: 'v2' }, weight: 2, locality: 'eu/1/a' },
            ],
            subsets: { v1: { version: 'v1' }, v2: { version: 'v2' } },
            tls: 'mutual',
            loadBalancer: 'least-request',
            timeout: '2s',
            retry: { attempts: 2, perTryTimeout: '500ms', on: ['5xx', 'connect-failure'] },
            circuitBreaker: { errorThresholdPercentage: 50, volumeThreshold: 20, resetTimeout: '10s' },
            outlierDetection: { consecutive5xxErrors: 5, interval: '10s', baseEjectionTime: '30s' },
            limits: { maxConnections: 100, maxPendingRequests: 100, maxRequests: 1000, maxRetries: 3 },
            routes: [{ match: [{ headers: { 'x-canary': 'true' } }], to: 'v2' }, { to: { v1: 80, v2: 20 } }],
          },
        },
        inbound: {
          mtls: 'strict',
          jwt: [{ issuer: 'https://id.example', audiences: ['shop'], jwksUri: 'https://id.example/jwks' }],
          authorization: [
            { action: 'allow', rules: [{ from: [{ principals: ['*/sa/web'] }], to: [{ methods: ['GET'] }] }] },
          ],
          rateLimits: [{ name: 'per-client', limit: 100, per: '1m', by: 'principal' }],
        },
        gateway: {
          routes: [
            {
              hosts: ['api.example.com'],
              paths: ['/api/v1'],
              service: 'reviews',
              stripPath: true,
              plugins: [{ name: 'cors' }],
            },
          ],
          consumers: [],
        },
      }),
    ).toEqual([])
  })

  const refused: [string, unknown, string][] = [
    ['an unknown key', { servces: {} }, 'servces: is not a known option. Did you mean "services"?'],
    [
      'a misspelt policy',
      { services: { a: { retri: {} } } },
      'services.a.retri: is not a known option. Did you mean "retry"?',
    ],
    ['NaN', { services: { a: { retry: { attempts: Number.NaN } } } }, 'services.a.retry.attempts'],
    ['a negative', { services: { a: { limits: { maxConnections: -1 } } } }, 'services.a.limits.maxConnections'],
    ['a prototype key', JSON.parse('{"services":{"__proto__":{}}}'), 'services.__proto__: is not allowed'],
    [
      'weights that sum to 0',
      { services: { a: { subsets: { x: {}, y: {} }, routes: [{ to: { x: 0, y: 0 } }] } } },
      'sum to 0',
    ],
    [
      'an undefined subset',
      { services: { a: { routes: [{ to: 'v9' }] } } },
      'services.a.routes[0].to: names the subset "v9"',
    ],
    [
      'a route into an undefined service',
      { services: { a: { routes: [{ to: [{ service: 'b' }] }] } } },
      'names the service "b"',
    ],
    [
      'a gateway route to an undefined service',
      { gateway: { routes: [{ service: 'nope' }] } },
      'gateway.routes[0].service',
    ],
    [
      'one host for two services',
      { services: { a: { hosts: ['x'] }, b: { hosts: ['X'] } } },
      'services.b.hosts[0]: means the service "a"',
    ],
    [
      'a host and port for two services',
      { services: { a: { hosts: ['x:80'] }, b: { hosts: ['X.:80'] } } },
      'services.b.hosts[0]: means the service "a"',
    ],
    ['names that differ only in case', { services: { a: {}, A: {} } }, 'services.A: means the same as the service "a"'],
    [
      'a host that is the name of another service',
      { services: { a: { hosts: ['b'] }, b: {} } },
      'services.a.hosts[0]: means the service "b"',
    ],
    [
      'a mirror to an undefined service',
      { services: { a: { routes: [{ mirrors: [{ service: 'b' }] }] } } },
      'services.a.routes[0].mirrors[0]: names the service "b"',
    ],
    [
      'an unknown option and, beside it, an undefined subset',
      { services: { a: { retri: {}, routes: [{ to: 'v9' }] } } },
      'services.a.routes[0].to: names the subset "v9"',
    ],
    [
      'an undefined service beside one that is wrong',
      { services: { a: { timeout: 'x' }, b: { routes: [{ to: [{ service: 'c' }] }] } } },
      'services.b.routes[0].to: names the service "c"',
    ],
    ...['a.*', 'a*.example', 'a.example:8080', 'a.example/x', 'a.example.', '[::1]'].map(
      (host): [string, object, string] => [
        `a gateway route for ${host}, which no request is for`,
        { services: { a: {} }, gateway: { routes: [{ service: 'a', hosts: ['*.b.example', '::1', '*', host] }] } },
        'gateway.routes[0].hosts[3]: must be a host without a port, or one with a leading "*."',
      ],
    ),
    [
      'a gateway route for a method that is none',
      { services: { a: {} }, gateway: { routes: [{ service: 'a', methods: ['M-SEARCH', 'GET POST'] }] } },
      'gateway.routes[0].methods[1]: is not a method',
    ],
    [
      'an unknown plugin',
      { services: { a: {} }, gateway: { routes: [{ service: 'a', plugins: [{ name: 'corz' }] }] } },
      'Did you mean "cors"?',
    ],
    [
      'a bad option of a plugin',
      {
        services: { a: {} },
        gateway: { routes: [{ service: 'a', plugins: [{ name: 'rate-limiting', config: { limit: 0, per: '1m' } }] }] },
      },
      'gateway.routes[0].plugins[0].config.limit',
    ],
    [
      'a pattern RE2 refuses',
      { services: { a: { routes: [{ match: [{ path: { regex: '(?=x)' } }] }] } } },
      'no RE2 pattern',
    ],
    ['null', null, 'must be an object'],
    ...['10.0.0.0/', '10.0.0.0/33', '10.0.0', 'proxy.local'].map((entry): [string, unknown, string] => [
      `${entry} as a trusted proxy`,
      { inbound: { trustedProxies: [entry] } },
      `inbound.trustedProxies[0]: must be an IP address or a CIDR block`,
    ]),
  ]
  it.each(refused)('refuses %s and says where', (_what, config, sentence) => {
    expect(problems(config).join('\n')).toContain(sentence)
  })

  it('takes ports of one host and wildcards for services of their own', () => {
    const hosts = { a: { hosts: ['x', '*.y'] }, b: { hosts: ['x:80'] }, c: { hosts: ['*.y:80', '*'] } }
    expect(problems({ services: hosts })).toEqual([])
  })

  it('tells what is new, gone and changed, and keeps what is equal as the same object', () => {
    const before = checkConfig({
      services: { a: { timeout: '1s' }, b: {}, c: { timeout: 1 } },
      gateway: { routes: [] },
    })
    const after = checkConfig(
      { services: { a: { timeout: '2s' }, c: { timeout: 1 }, d: {} }, gateway: { routes: [] } },
      before.config,
    )
    expect(before.diff).toEqual({ added: ['a', 'b', 'c'], removed: [], changed: [] })
    expect(after.diff).toEqual({ added: ['d'], removed: ['b'], changed: ['a'] })
    expect(after.config.services?.c).toBe(before.config.services?.c)
    expect(after.config.gateway).toBe(before.config.gateway)
    expect(after.config.services?.a).not.toBe(before.config.services?.a)
  })

  it('a mere move within a manifest is a new config, but no change', () => {
    const at = (line: number): MeshConfig => ({
      services: {
        a: { routes: [{ origin: { file: 'm.yaml', line } }], origins: { routes: { file: 'm.yaml', line } } },
      },
    })
    const before = checkConfig(at(3))
    const after = checkConfig(at(4), before.config)
    expect(after.diff.changed).toEqual([])
    expect(after.config.services?.a).not.toBe(before.config.services?.a)
  })

  it('warns of a perTryTimeout that can have no effect', () => {
    const { warnings } = checkConfig({ services: { a: { timeout: '1s', retry: { perTryTimeout: '2s' } } } })
    expect(warnings).toEqual([expect.stringContaining('services.a.retry.perTryTimeout')])
  })

  it('tells what a loader found with file and line, and refuses its errors', () => {
    const one = { file: 'mesh.yaml', line: 3, column: 1, path: 'spec', code: 'x', message: 'is odd' }
    const loaded = (severity: string): MeshConfig =>
      Object.defineProperty({ services: {} }, 'diagnostics', { value: [{ ...one, severity }] })
    expect(checkConfig(loaded('warning')).warnings).toEqual(['mesh.yaml:3 spec: is odd'])
    expect(problems(loaded('error'))).toEqual(['mesh.yaml:3 spec: is odd'])
  })
})

describe('mergeConfigs', () => {
  it('merges per service and field, the later wins, routes whole', () => {
    const merged = mergeConfigs([
      { services: { a: { timeout: '1s', retry: { attempts: 1 }, routes: [{ name: 'old' }] }, b: { timeout: '3s' } } },
      { services: { a: { timeout: '2s', routes: [{ name: 'new' }] } }, inbound: { mtls: 'disable' } },
    ])
    expect(merged.services).toEqual({
      a: { timeout: '2s', retry: { attempts: 1 }, routes: [{ name: 'new' }] },
      b: { timeout: '3s' },
    })
    expect(merged.inbound).toEqual({ mtls: 'disable' })
  })

  it('an undefined field takes nothing away', () => {
    expect(
      mergeConfigs([{ services: { a: { timeout: '1s' } } }, { services: { a: { timeout: undefined } } }]).services,
    ).toEqual({ a: { timeout: '1s' } })
  })
})

describe('names infer', () => {
  it('a misspelt service or subset is a compile error', async () => {
    const mesh = createMesh({
      service: 'x',
      config: {
        services: {
          reviews: {
            endpoints: [{ url: 'http://127.0.0.1:1' }],
            subsets: { v1: { version: 'v1' }, v2: { version: 'v2' } },
            routes: [{ to: { v1: 80, v2: 20 } }, { to: 'v2' }],
          },
          ratings: { endpoints: [{ url: 'http://127.0.0.1:1' }] },
        },
      },
    })
    // @ts-expect-error no service of that name
    await expect(mesh.request({ service: 'revews' })).rejects.toMatchObject({ code: 'ERR_MESH_NO_ROUTE' })
    await mesh.close()
    expect(() =>
      // @ts-expect-error no subset of that name
      createMesh({ service: 'x', config: { services: { reviews: { subsets: { v1: {} }, routes: [{ to: 'v3' }] } } } }),
    ).toThrow(ConfigError)
  })
})

describe('a gateway path', () => {
  it('that is no RE2 pattern is a problem with its path', () => {
    const config = { services: { a: {} }, gateway: { routes: [{ paths: [{ regex: '(' }], service: 'a' }] } }
    expect(problems(config).join()).toContain('gateway.routes[0].paths[0]')
  })
})

describe('prototype keys', () => {
  it('are refused in a list of configs as in a single one', () => {
    const config: unknown = JSON.parse('{ "services": { "__proto__": { "endpoints": [] } } }')
    expect(problems(config)).toHaveLength(1)
    expect(problems([config, {}])).toEqual(problems(config))
  })
})

describe('an instance of a class', () => {
  class Source {
    load(): Promise<object> {
      return Promise.resolve({})
    }
  }

  it.each<[string, unknown, string]>([
    [
      'a promise that somebody forgot to await',
      Promise.resolve({}),
      'a config must be a plain object (got an instance of Promise)',
    ],
    ['a source', new Source(), 'a config must be a plain object (got an instance of Source)'],
    [
      'a promise for inbound',
      { inbound: Promise.resolve({}) },
      'inbound: must be a plain object (got an instance of Promise)',
    ],
    ['a map of services', { services: new Map([['a', {}]]) }, 'services: must be a plain object'],
    [
      'a map of routes',
      { services: { a: { subsets: new Map() } } },
      'services.a.subsets: must be a plain object (got an instance of Map)',
    ],
  ])('is refused, for its fields are not what it holds: %s', (_, given, message) => {
    expect(problems(given)).toContainEqual(expect.stringContaining(message))
    const fine = { services: { a: {} }, inbound: {}, gateway: { routes: [] } }
    expect(problems([given, fine])).not.toEqual([])
    expect(problems([fine, given])).not.toEqual([])
  })

  it.each([
    [{ gateway: Promise.resolve({}) }, 'gateway: must be a plain object'],
    [{ gateway: { routes: Promise.resolve([]) } }, 'gateway.routes: must be a list'],
  ])('in a gateway is refused in a list of configs too: %j', (given, message) => {
    const fine = { gateway: { routes: [], consumers: [] } }
    for (const list of [
      [fine, given],
      [given, fine],
    ])
      expect(problems(list)).toContainEqual(expect.stringContaining(message))
  })

  it('of a class of the user that has the fields is taken', () => {
    class Service {
      endpoints = [{ url: 'http://a' }]
      #secret = 1
      get secret() {
        return this.#secret
      }
    }
    class Config {
      services = { a: new Service() }
    }
    expect(problems(new Config())).toEqual([])
    expect(problems([new Config(), { inbound: {} }])).toEqual([])
  })

  it('of another realm is none: an object of fields is one everywhere', () => {
    expect(problems(runInNewContext('({ services: { a: { endpoints: [{ url: "http://a" }] } } })'))).toEqual([])
  })
})

describe('a list of configs', () => {
  it.each([null, undefined, 5, 'x'])('with %s in it is refused, not passed over', (odd) => {
    expect(problems([{}, odd])).toEqual([expect.stringContaining('must be an object')])
  })
})
