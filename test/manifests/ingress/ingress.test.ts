import { describe, expect, it } from 'vitest'
import type { GatewayRouteOptions } from '../../../src/config/gateway.js'
import { found, ingress, loadText, manifest, messages, reviews } from '../load-text.js'

function withRules(rules: string): string {
  return manifest('networking.k8s.io/v1', 'Ingress', 'web', `spec:\n${rules}`)
}

const backend = 'backend: { service: { name: reviews, port: { number: 80 } } }'

function withPath(path: string): string {
  return withRules(`  rules:\n    - http:\n        paths:\n          - { ${path}, ${backend} }\n`)
}

async function routes(text: string): Promise<readonly GatewayRouteOptions[]> {
  const config = await loadText(text, { endpoints: reviews })
  expect(found(config).filter((line) => line.includes('error'))).toEqual([])
  return config.gateway?.routes ?? []
}

describe('a path', () => {
  it.each<[string, unknown]>([
    ['path: /a, pathType: Prefix', '/a'],
    ['path: /a/, pathType: Prefix', '/a/'],
    ['path: /a, pathType: Exact', { exact: '/a' }],
    ['path: /a, pathType: ImplementationSpecific', { prefix: '/a' }],
    ['path: "/~/a/[0-9]+", pathType: ImplementationSpecific', { regex: '/a/[0-9]+' }],
    ['pathType: ImplementationSpecific', { prefix: '/' }],
    ['path: /a', { prefix: '/a' }],
  ])('%s is %j', async (path, expected) => {
    expect((await routes(withPath(path)))[0]?.paths).toEqual([expected])
  })

  it.each([
    ['path: a, pathType: Prefix', 'invalid-value'],
    ['pathType: Exact', 'invalid-value'],
    ['path: /a, pathType: prefix', 'invalid-value'],
    ['path: "/~/(a", pathType: ImplementationSpecific', 'invalid-value'],
    ['path: /~a, pathType: ImplementationSpecific', 'invalid-value'],
    ['path: "/~(/a|/b)", pathType: ImplementationSpecific', 'invalid-value'],
    ['path: /a, pathTyp: Prefix', 'unknown-field'],
  ])('%s is an error', async (path, code) => {
    const lines = found(await loadText(withPath(path), { endpoints: reviews }))
    expect(lines[0]).toMatch(new RegExp(`^m\\.yaml:9:\\d+ (error ${code}|warning missing-path-type) `))
    expect(lines.join()).toContain(`error ${code}`)
  })

  it('without a pathType is refused under strict, as Kubernetes would', async () => {
    const config = await loadText(withPath('path: /a'), { endpoints: reviews, strict: true })
    expect(found(config)).toEqual(['m.yaml:9:13 error missing-path-type spec.rules[0].http.paths[0]'])
    expect(config.gateway).toBeUndefined()
  })
})

describe('a route', () => {
  it("has the Ingress controller's name and defaults, which are not Kong's own", async () => {
    expect(await routes(ingress('    a: b'))).toEqual([
      {
        name: 'default.web.reviews..80',
        service: 'reviews',
        paths: ['/'],
        stripPath: false,
        preserveHost: true,
        dialect: 'kong',
        origin: { file: 'm.yaml', line: 11 },
      },
    ])
  })

  it('is one for each host and backend, so that one plugin counts for all its paths', async () => {
    const rule = (host: string, paths: string[]): string =>
      `    - host: "${host}"\n      http:\n        paths:\n${paths.map((path) => `          - { path: ${path}, pathType: Prefix, ${backend} }\n`).join('')}`
    const all = await routes(withRules(`  rules:\n${rule('a.example', ['/x', '/y'])}${rule('*.b.example', ['/z'])}`))
    expect(all.map(({ name, hosts, paths }) => ({ name, hosts, paths }))).toEqual([
      { name: 'default.web.reviews.a.example.80', hosts: ['a.example'], paths: ['/x', '/y'] },
      { name: 'default.web.reviews._.b.example.80', hosts: ['*.b.example'], paths: ['/z'] },
    ])
  })

  it('of the default backend takes every host and path', async () => {
    const [route] = await routes(withRules('  defaultBackend: { service: { name: reviews, port: { name: http } } }\n'))
    expect(route).toMatchObject({ name: 'default.web.reviews..http', service: 'reviews', paths: ['/'] })
    expect(route).not.toHaveProperty('hosts')
  })

  it('leads to the service of the namespace of its Ingress', async () => {
    const text = ingress('    a: b').replace('name: web', 'name: web\n  namespace: shop')
    const config = await loadText(text, { endpoints: { 'reviews.shop': reviews.reviews } })
    expect(config.gateway?.routes?.[0]?.service).toBe('reviews.shop')
    expect(config.diagnostics).toEqual([])
  })
})

describe('an annotation', () => {
  it.each<[string, object]>([
    ['strip-path: "true"', { stripPath: true }],
    ['preserve-host: "false"', { preserveHost: false }],
    ['methods: get, POST', { methods: ['GET', 'POST'] }],
    ['methods: m-search', { methods: ['M-SEARCH'] }],
    ['headers.X-Plan: gold', { headers: { 'x-plan': { exact: 'gold', ignoreCase: true } } }],
    [
      'headers.x-plan: "~*^gold|silver$"',
      { headers: { 'x-plan': { regex: '(?s).*(?:^gold|silver$).*', ignoreCase: true } } },
    ],
    ['headers.x-plan: a.b,c', { headers: { 'x-plan': { regex: 'a\\.b|c', ignoreCase: true } } }],
    ['protocols: http,https', { stripPath: false }],
  ])('konghq.com/%s is honoured', async (line, expected) => {
    expect((await routes(ingress(`    konghq.com/${line}\n`)))[0]).toMatchObject(expected)
  })

  it.each([
    ['konghq.com/strip-path: "yes"', 'error invalid-value'],
    ['konghq.com/protocols: https', 'error unsupported-field'],
    ['ingress.kubernetes.io/force-ssl-redirect: "true"', 'error unsupported-field'],
    ['konghq.com/snis: a.example', 'error unsupported-field'],
    ['konghq.com/override: k', 'error unsupported-field'],
    ['konghq.com/rewrite: /a', 'warning unsupported-field'],
    ['konghq.com/plugin: p', 'error unknown-field'],
    ['konghq.com/headers.x-plan: "~*("', 'error invalid-value'],
    ['konghq.com/methods: GET POST', 'error invalid-value'],
    ['konghq.com/host-aliases: b.example,c.*', 'error invalid-value'],
    ['konghq.com/host-aliases: b.example:8443', 'error invalid-value'],
    ['konghq.com/host-aliases: d*.example', 'error invalid-value'],
    ['konghq.com/headers.x-plan: "~*a,b"', 'error invalid-value'],
    ['nginx.ingress.kubernetes.io/auth-url: http://auth', 'error other-controller'],
    ['nginx.ingress.kubernetes.io/ssl-redirect: "true"', 'error other-controller'],
    ['traefik.ingress.kubernetes.io/router.middlewares: shop-auth', 'error other-controller'],
    ['haproxy.org/whitelist: 10.0.0.0/8', 'error other-controller'],
    ['nginx.ingress.kubernetes.io/backend-protocol: HTTPS', 'error other-controller'],
    ['nginx.ingress.kubernetes.io/configuration-snippet: deny all;', 'error other-controller'],
    ['plugins.konghq.com: p', 'error other-controller'],
    ['kubernetes.io/ingress.allow-http: "false"', 'error other-controller'],
    ['alb.ingress.kubernetes.io/healthcheck-protocol: HTTPS', 'warning other-controller'],
    ['nginx.ingress.kubernetes.io/proxy-body-size: 8m', 'warning other-controller'],
    ['kubernetes.io/ingress.class: nginx', 'warning other-controller'],
  ])('%s gives a line', async (line, expected) => {
    const config = await loadText(ingress(`    ${line}\n`), { endpoints: reviews })
    expect(found(config)).toEqual([expect.stringContaining(`m.yaml:6:5 ${expected} metadata.annotations`)])
  })

  it.each([
    'nginx.ingress.kubernetes.io/ssl-redirect: "false"',
    'nginx.ingress.kubernetes.io/backend-protocol: HTTP',
    'kubernetes.io/ingress.class: kong',
    'cert-manager.io/cluster-issuer: letsencrypt',
  ])('%s says nothing that matters', async (line) => {
    expect(found(await loadText(ingress(`    ${line}\n`), { endpoints: reviews }))).toEqual([])
  })

  it('that is misspelt gets the name that was meant', async () => {
    const config = await loadText(ingress('    konghq.com/plugin: p\n'), { endpoints: reviews })
    expect(messages(config)).toContain('Did you mean "konghq.com/plugins"?')
  })
})

describe('an Ingress', () => {
  const service = manifest('v1', 'Service', 'reviews', 'spec: { ports: [{ name: http, port: 80 }] }\n')

  it.each([
    ['  rules: [{ host: "a*.example", http: { paths: [] } }]\n', 'm.yaml:6:13 error invalid-value spec.rules[0].host'],
    ['  rules: [{ host: "a.example:8080", http: {} }]\n', 'm.yaml:6:13 error invalid-value spec.rules[0].host'],
    ['  tls: [{ secretName: a }]\n  rules: []\n', 'm.yaml:6:3 warning unsupported-field spec.tls'],
    [
      '  rules: [{ http: { paths: [{ path: /, pathType: Exact }] } }]\n',
      'm.yaml:6:29 error missing-field spec.rules[0].http.paths[0].backend',
    ],
    ['  defaultBackend: { resource: {} }\n', 'm.yaml:6:21 warning unsupported-field spec.defaultBackend.resource'],
    [
      '  defaultBackend: { service: { name: reviews } }\n',
      'm.yaml:6:30 error missing-field spec.defaultBackend.service.port',
    ],
    [
      '  defaultBackend: { service: { name: reviews, port: { number: 81 } } }\n',
      'm.yaml:6:47 warning unknown-port spec.defaultBackend.service.port',
    ],
    [
      '  defaultBackend: { service: { name: reviews, port: { name: https } } }\n',
      'm.yaml:6:47 warning unknown-port spec.defaultBackend.service.port',
    ],
    [
      `  ingressClassName: nginx\n  rules: [{ http: { paths: [{ path: /, pathType: Exact, ${backend} }] } }]\n`,
      'm.yaml:6:3 warning other-controller spec.ingressClassName',
    ],
    ['  ingressClassName: kong\n', 'm.yaml:5:1 warning missing-field spec.rules'],
  ])('with %j gives a line', async (spec, line) => {
    const config = await loadText(`${withRules(spec)}---\n${service}`, { endpoints: reviews })
    expect(found(config).map((one) => one.replace('6:3 warning missing-field', '5:1 warning missing-field'))).toEqual([
      line,
    ])
  })
})
