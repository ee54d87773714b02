import { describe, expect, it } from 'vitest'
import type { ServiceRoute } from '../../../src/config/service.js'
import type { LoadedConfig, LoadManifestsOptions } from '../../../src/manifests/index.js'
import { found, loadText, manifest, messages, reviews } from '../load-text.js'

const endpoint = [{ url: 'http://127.0.0.1:9080' }]

/** A VirtualService of the namespace `default`; `spec` is indented by two. */
function vs(name: string, spec: string, metadata = ''): string {
  const text = manifest('networking.istio.io/v1beta1', 'VirtualService', name, `${metadata}spec:\n${spec}`)
  return `${text}---\n`
}

/** A rule that answers with a status, which tells who routes. */
function answers(hosts: string, status: number, more = ''): string {
  return `  hosts: [${hosts}]\n${more}  http: [{ directResponse: { status: ${status} } }]\n`
}

/** A ServiceEntry with ports. */
function entry(host: string, ports: readonly number[]): string {
  const list = ports.map((port) => `{ number: ${port}, name: p${port}, protocol: HTTP }`).join(', ')
  const spec = `spec:\n  hosts: ["${host}"]\n  resolution: STATIC\n  ports: [${list}]\n  endpoints: [{ address: 127.0.0.1 }]\n`
  return `${manifest('networking.istio.io/v1', 'ServiceEntry', host.replaceAll(/[.*]/g, 'x'), spec)}---\n`
}

function routesOf(config: LoadedConfig, service: string): readonly ServiceRoute[] {
  return config.services?.[service]?.routes ?? []
}

/** The statuses that the routes of a service answer. */
function statuses(config: LoadedConfig, service: string): readonly (number | undefined)[] {
  return routesOf(config, service).map((route) => route.directResponse?.status)
}

const options: LoadManifestsOptions = { endpoints: { ...reviews, 'a.example': endpoint, 'b.a.example': endpoint } }

function problems(config: LoadedConfig): string[] {
  return found(config).filter((line) => !line.includes('no-endpoints'))
}

describe('the hosts of a VirtualService', () => {
  it('are each routed by it', async () => {
    const http = '  http: [{ route: [{ destination: { host: reviews } }] }]\n'
    const config = await loadText(vs('a', `  hosts: [reviews, old-reviews]\n${http}`), options)
    expect(routesOf(config, 'reviews')[0]?.to).toBeUndefined()
    expect(routesOf(config, 'old-reviews')[0]?.to).toEqual([{ service: 'reviews' }])
    expect(problems(config)).toEqual([])
  })

  it('short ones belong to its own namespace', async () => {
    const other = vs('a', answers('reviews', 418), '  namespace: other\n')
    const config = await loadText(other, options)
    expect(statuses(config, 'reviews.other')).toEqual([418])
    expect(routesOf(config, 'reviews')).toEqual([])
  })

  it('and destinations get the defaults of Istio', async () => {
    const config = await loadText(vs('a', answers('reviews', 418)), options)
    expect(config.services?.reviews).toMatchObject({ retry: { attempts: 2 }, envoyHeaders: true })
  })

  it.each([
    ['a name', 'foo.bar', true],
    ['an address', '10.0.0.1', true],
    ['an address of IPv6', '"2001:db8::1"', true],
    ['a trailing dot', 'foo.bar.', true],
    ['a wildcard label', '"*.foo.bar"', true],
    ['a wildcard in front of a label', '"*foo.bar"', true],
    ['a wildcard inside', '"foo.*.bar"', false],
    ['a wildcard at the end of a label', '"foo*.bar"', false],
    ['only a wildcard', '"*"', false],
    ['other characters', 'foo.ba!r', false],
    ['nothing', '""', false],
    ['a name twice', 'foo.bar, foo.bar', false],
    ['a name within a wildcard', 'a.foo.bar, "*.foo.bar"', false],
    ['a wildcard within another', '"*.foo.bar", "*.bar"', false],
    ['two wildcards side by side', '"*.foo.bar", "*.foo.baz"', true],
  ])('%s is allowed: %s %s', async (_, hosts, valid) => {
    const config = await loadText(vs('a', answers(hosts, 418)), options)
    expect(config.diagnostics.some((one) => one.severity === 'error')).toBe(!valid)
  })
})

describe('of several VirtualServices for one host', () => {
  const created = (time: string): string => `  creationTimestamp: "${time}"\n`

  it('the oldest routes it, and the others say so', async () => {
    const young = vs('a', answers('reviews', 401), created('2026-02-01T00:00:00Z'))
    const old = vs('b', answers('reviews', 402), created('2026-01-01T00:00:00Z'))
    const config = await loadText(young + old, options)
    expect(statuses(config, 'reviews')).toEqual([402])
    expect(problems(config)).toEqual(['m.yaml:7:3 warning shadowed spec.hosts'])
    expect(messages(config)).toContain('"b" (m.yaml:')
  })

  it('of equally old ones the first name does', async () => {
    const config = await loadText(vs('b', answers('reviews', 401)) + vs('a', answers('reviews', 402)), options)
    expect(statuses(config, 'reviews')).toEqual([402])
  })

  it('private ones come first, then those exported to the namespace', async () => {
    const far = vs('a', answers('reviews.default', 401), `  namespace: other\n${created('2020-01-01T00:00:00Z')}`)
    const named = vs(
      'b',
      answers('reviews.default', 402, '  exportTo: [default]\n'),
      `  namespace: other\n${created('2026-01-01T00:00:00Z')}`,
    )
    const own = vs('c', answers('reviews', 403, '  exportTo: ["."]\n'), created('2026-02-01T00:00:00Z'))
    expect(statuses(await loadText(far + named + own, options), 'reviews')).toEqual([403])
    expect(statuses(await loadText(far + named, options), 'reviews')).toEqual([402])
  })

  it.each([
    ['["*"]', true],
    ['["."]', false],
    ['["~"]', false],
    ['[third]', false],
    ['[default]', true],
    ['[third, default]', true],
  ])('one of another namespace with exportTo %s is seen: %s', async (exportTo, seen) => {
    const text = vs('a', answers('reviews.default', 418, `  exportTo: ${exportTo}\n`), '  namespace: other\n')
    const config = await loadText(text, options)
    expect(statuses(config, 'reviews')).toEqual(seen ? [418] : [])
    expect(problems(config)).toEqual(
      seen ? ['m.yaml:7:3 warning partial-host spec.hosts'] : ['m.yaml:8:3 warning not-exported spec.exportTo'],
    )
  })

  it.each(['["*", a]', '[a, a]', '[".", default]', '["A B"]'])('exportTo %s is an error', async (exportTo) => {
    const config = await loadText(vs('a', answers('reviews', 418, `  exportTo: ${exportTo}\n`)), options)
    expect(problems(config)).toContain('m.yaml:7:3 error invalid-value spec.exportTo')
  })
})

it('a VirtualService cannot be exported to nobody under strict, as in Istio', async () => {
  const text = vs('a', answers('reviews', 418, '  exportTo: ["~"]\n'))
  expect(problems(await loadText(text, { strict: true }))).toContain('m.yaml:7:3 error invalid-value spec.exportTo')
})

describe('wildcard hosts', () => {
  it('route every known host that no VirtualService names, the longest first', async () => {
    const text =
      vs('all', answers('"*.example"', 401)) +
      vs('some', answers('"*.a.example"', 402)) +
      vs('one', answers('c.example', 403)) +
      entry('b.a.example', [80]) +
      entry('a.example', [80]) +
      entry('c.example', [80])
    const config = await loadText(text)
    expect(statuses(config, 'a.example')).toEqual([401])
    expect(statuses(config, 'b.a.example')).toEqual([402])
    expect(statuses(config, 'c.example')).toEqual([403])
    expect(Object.keys(config.services ?? {})).not.toContain('*.example')
  })

  it('become services where no known host fits', async () => {
    const config = await loadText(vs('all', answers('"*.elsewhere"', 401)), options)
    expect(statuses(config, '*.elsewhere')).toEqual([401])
  })

  it('do not take the name without its first label', async () => {
    const config = await loadText(vs('all', answers('"*.a.example"', 401)), options)
    expect(statuses(config, 'a.example')).toEqual([])
    expect(statuses(config, 'b.a.example')).toEqual([401])
  })

  it('take services of Kubernetes by their full names', async () => {
    const config = await loadText(vs('all', answers('"*.default.svc.cluster.local"', 401)), options)
    expect(statuses(config, 'reviews')).toEqual([401])
  })
})

describe('the ports of a host', () => {
  const http = (rules: string): string => `  hosts: [a.example]\n  http:\n${rules}`
  const ports = entry('a.example', [80, 8080])

  it('have routes of their own', async () => {
    const rules = http(
      '    - match: [{ port: 8080 }]\n      directResponse: { status: 401 }\n    - directResponse: { status: 402 }\n',
    )
    const config = await loadText(ports + vs('a', rules))
    expect(statuses(config, 'a.example')).toEqual([402])
    expect(statuses(config, 'a.example:8080')).toEqual([401])
    expect(problems(config)).toEqual([])
  })

  it('that no rule is for have none, so that calls go to the service', async () => {
    const rules = http('    - match: [{ port: 8080 }]\n      directResponse: { status: 401 }\n')
    const config = await loadText(ports + vs('a', rules))
    expect(config.services?.['a.example']).toBeDefined()
    expect(config.services?.['a.example']?.routes).toBeUndefined()
  })

  it('that nothing tells are taken for 80', async () => {
    const rules = http(
      '    - match: [{ port: 8080 }]\n      directResponse: { status: 401 }\n    - match: [{ port: 80 }]\n      directResponse: { status: 402 }\n',
    )
    const config = await loadText(vs('a', rules), options)
    expect(statuses(config, 'a.example')).toEqual([402])
    expect(problems(config)).toEqual(['m.yaml:8:15 warning unknown-port spec.http[0].match[0]'])
  })

  it('are those of destinations too, where these do not say', async () => {
    const to = (destination: string): string => http(`    - route: [{ destination: ${destination} }]\n`)
    const both = ports + entry('b.example', [80, 8080])
    const same = await loadText(both + vs('a', to('{ host: b.example }')))
    expect(routesOf(same, 'a.example')[0]?.to).toEqual([{ service: 'b.example' }])
    expect(routesOf(same, 'a.example:8080')[0]?.to).toEqual([{ service: 'b.example:8080' }])
    const said = await loadText(both + vs('a', to('{ host: b.example, port: { number: 8080 } }')))
    expect(routesOf(said, 'a.example')[0]?.to).toEqual([{ service: 'b.example:8080' }])
    const single = await loadText(ports + entry('b.example', [9090]) + vs('a', to('{ host: b.example }')))
    expect(routesOf(single, 'a.example:8080')[0]?.to).toEqual([{ service: 'b.example' }])
  })

  it('that a destination does not open lead nowhere under strict, as in Istio', async () => {
    const rule = http('    - route: [{ destination: { host: a.example, port: { number: 9 } } }]\n')
    const strict = await loadText(ports + vs('a', rule), { strict: true })
    expect(routesOf(strict, 'a.example')[0]?.to).toEqual([{ service: 'a.example:9' }])
    expect(strict.services?.['a.example']?.allowUnknownDestinations).toBe(true)
    const lax = await loadText(ports + vs('a', rule))
    expect(routesOf(lax, 'a.example')[0]?.to).toBeUndefined()
    expect(messages(lax)).toContain('opens no port 9')
  })

  it('a destination that nothing describes leads nowhere under strict', async () => {
    const rule = http('    - route: [{ destination: { host: nowhere.example } }]\n')
    const config = await loadText(ports + vs('a', rule), { strict: true })
    expect(routesOf(config, 'a.example')[0]?.to).toEqual([{ service: 'nowhere.example' }])
    expect(config.services?.['nowhere.example']).toBeUndefined()
    expect(problems(config)[0]).toContain('warning missing-service')
  })
})

describe('gateways', () => {
  it('of Istio alone do not route the mesh', async () => {
    const config = await loadText(vs('a', answers('reviews', 418, '  gateways: [edge]\n')), options)
    expect(config.services?.reviews?.routes).toBeUndefined()
    expect(found(config)).toEqual(['m.yaml:7:3 warning unsupported-field spec.gateways'])
  })

  it('beside the mesh leave its rules in force', async () => {
    const config = await loadText(vs('a', answers('reviews', 418, '  gateways: [shop/edge, mesh]\n')), options)
    expect(statuses(config, 'reviews')).toEqual([418])
  })

  it.each([
    ['ns1/gateway', 'warning unsupported-field'],
    ['gateway.example.com', 'warning invalid-value'],
    ['"b@dgateway"', 'error invalid-value'],
    ['"ns1/*"', 'error invalid-value'],
    ['"*/gateway"', 'error invalid-value'],
  ])('by the name %s give a %s', async (gateway, problem) => {
    const config = await loadText(vs('a', answers('reviews', 418, `  gateways: [${gateway}]\n`)), options)
    expect(found(config)[0]).toBe(`m.yaml:7:3 ${problem} spec.gateways`)
  })

  it('alone may take every host', async () => {
    const config = await loadText(vs('a', answers('"*"', 418, '  gateways: [edge]\n')), options)
    expect(config.diagnostics.map((one) => one.severity)).toEqual(['warning'])
  })
})

describe('a VirtualService', () => {
  it.each([
    ['without rules', '  hosts: [reviews]\n', 'error missing-field spec.http'],
    ['with an empty list of rules', '  hosts: [reviews]\n  http: []\n', 'error missing-field spec.http'],
    ['with an unknown field', answers('reviews', 418, '  htttp: []\n'), 'error unknown-field spec.htttp'],
    [
      'with TCP rules',
      '  hosts: [reviews]\n  tcp: [{ route: [{ destination: { host: a } }] }]\n',
      'warning unsupported-field spec.tcp',
    ],
    [
      'with a TCP rule that leads nowhere',
      '  hosts: [reviews]\n  tcp: [{}]\n',
      'error missing-field spec.tcp[0].route',
    ],
    [
      'with a TLS rule without a match',
      '  hosts: [reviews]\n  tls: [{ route: [{ destination: { host: a } }] }]\n',
      'error missing-field spec.tls[0].match',
    ],
    [
      'with a TLS rule for another host',
      '  hosts: [a.example]\n  tls: [{ match: [{ sniHosts: [b.example] }], route: [{ destination: { host: a } }] }]\n',
      'error invalid-value spec.tls[0].match[0].sniHosts',
    ],
  ])('%s says so', async (_, spec, problem) => {
    const lines = problems(await loadText(vs('a', spec), options)).map((line) => line.replace(/^\S+ /, ''))
    expect(lines).toContain(problem)
  })

  it('finds rules that an earlier one hides', async () => {
    const rule = (match: string): string => `    - ${match}directResponse: { status: 401 }\n`
    for (const all of ['uri: { prefix: / }', 'uri: { regex: .* }', 'ignoreUriCase: true', 'uri: {}']) {
      const http = rule(`match: [{ ${all} }]\n      `) + rule('')
      const config = await loadText(vs('a', `  hosts: [reviews]\n  http:\n${http}`), options)
      expect(problems(config)).toEqual(['m.yaml:10:7 warning shadowed spec.http[1]'])
      expect(routesOf(config, 'reviews')).toHaveLength(1)
    }
  })

  it('goes on after a rule that takes the calls of some callers only', async () => {
    const http =
      '    - match: [{ sourceLabels: { app: web } }]\n      directResponse: { status: 401 }\n    - directResponse: { status: 402 }\n'
    const config = await loadText(vs('a', `  hosts: [reviews]\n  http:\n${http}`), options)
    expect(statuses(config, 'reviews')).toEqual([401, 402])
    expect(problems(config)).toEqual([])
  })
})
