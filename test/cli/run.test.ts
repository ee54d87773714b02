import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../../src/cli/run.js'

let dir: string
const before = process.cwd()

const good = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: reviews
spec:
  hosts: [reviews]
  http:
    - name: canary
      match:
        - headers:
            x-canary:
              exact: 'true'
      route:
        - destination:
            host: reviews
            subset: v2
    - name: web-only
      match:
        - sourceLabels:
            app: web
          uri:
            prefix: /web
      redirect:
        uri: /
    - name: split
      timeout: 2s
      route:
        - destination:
            host: reviews
            subset: v1
          weight: 75
        - destination:
            host: reviews
            subset: v2
          weight: 25
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: reviews
spec:
  host: reviews
  trafficPolicy:
    tls:
      mode: ISTIO_MUTUAL
    connectionPool:
      http:
        http2MaxRequests: 7
  subsets:
    - name: v1
      labels:
        version: v1
    - name: v2
      labels:
        version: v2
---
apiVersion: v1
kind: Service
metadata:
  name: reviews
spec:
  ports:
    - name: http
      port: 80
      targetPort: 9080
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: reviews-1
  labels:
    kubernetes.io/service-name: reviews
addressType: IPv4
ports:
  - name: http
    port: 9080
endpoints:
  - addresses: [10.0.0.7]
    conditions:
      ready: true
`
const bad = good.replace('timeout: 2s', 'timeuot: 2s')
const dns = `apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata:
  name: out
spec:
  hosts: [api.example.com]
  resolution: DNS
  ports:
    - number: 80
      name: http
      protocol: HTTP
`
const ingress = `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
spec:
  rules:
    - host: shop.example
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: reviews
                port:
                  number: 80
`

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'cli-'))
  for (const [name, text] of Object.entries({ good, bad, dns })) writeFileSync(join(dir, `${name}.yaml`), text)
  writeFileSync(join(dir, 'ingress.yaml'), `${good}---\n${ingress}`)
  process.chdir(dir)
})
afterAll(() => {
  process.chdir(before)
  rmSync(dir, { recursive: true })
})

async function sidecarless(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = ''
  let err = ''
  const code = await run(argv, {
    out: (text) => {
      out += text
    },
    err: (text) => {
      err += text
    },
    color: false,
  })
  return { code, out, err }
}

describe('check', () => {
  it('prints errors with file, line and column, and fails', async () => {
    const { code, out } = await sidecarless('check', 'bad.yaml')
    expect(out).toMatch(
      /^bad\.yaml:26:7 error spec\.http\[2\]\.timeuot: .*Did you mean "timeout"\? \(unknown-field\)$/m,
    )
    expect(out).toMatch(/\d+ errors?, \d+ warnings?\n$/)
    expect(code).toBe(1)
  })

  it('passes manifests that a mesh would take', async () => {
    const { code, out } = await sidecarless('check', 'good.yaml')
    expect(out).toMatch(/^0 errors, \d+ warnings?$/m)
    expect(code).toBe(0)
  })

  it('prints JSON', async () => {
    const { out } = await sidecarless('check', 'bad.yaml', '--json')
    const found: unknown = JSON.parse(out)
    expect(found).toContainEqual(
      expect.objectContaining({ severity: 'error', file: 'bad.yaml', line: 26, column: 7, code: 'unknown-field' }),
    )
  })

  it('fails when a file is not there', async () => {
    const { code, out } = await sidecarless('check', 'none.yaml')
    expect(out).toContain('none.yaml:1:1 error No file matches. (no-files)')
    expect(code).toBe(1)
  })

  it('reads short names in a namespace', async () => {
    const { out } = await sidecarless('explain', 'good.yaml', 'http://reviews.shop/', '--namespace', 'shop')
    expect(out).toContain('reviews')
  })
})

describe('explain', () => {
  it('prints the decision: rule and line, shares, endpoints, policy with origins', async () => {
    const { code, out } = await sidecarless('explain', 'good.yaml', 'GET', 'http://reviews/api')
    expect(out).toMatch(/^call +forwarded as reviews\/api$/m)
    expect(out).toMatch(/^service +reviews$/m)
    expect(out).toMatch(/^route +split +good\.yaml:25$/m)
    expect(out).toMatch(/^not +canary: header x-canary$/m)
    expect(out).toMatch(/^timeout +2000 ms +good\.yaml:25$/m)
    expect(out).toMatch(/^to +75 % {2}reviews\|v1$/m)
    expect(out).toMatch(/^to +25 % {2}reviews\|v2$/m)
    expect(out).toMatch(/^ {2}endpoint +none known$/m)
    expect(out).toMatch(/^ {2}limits +.*"maxRequests":7.* {2}good\.yaml:\d+$/m)
    expect(out).toMatch(/^ {2}tls +mutual/m)
    expect(code).toBe(0)
  })

  it('takes headers in any case', async () => {
    const { out } = await sidecarless('explain', 'good.yaml', 'POST', 'http://Reviews:80/', '-H', 'X-Canary:  true')
    expect(out).toMatch(/^route +canary +good\.yaml:8$/m)
    expect(out).toMatch(/^to +100 % {2}reviews\|v2$/m)
  })

  it('takes a header twice, with a value each time', async () => {
    const headers = ['-H', 'x-canary: false', '-H', 'X-Canary: true']
    expect((await sidecarless('explain', 'good.yaml', 'http://reviews/', ...headers)).out).toMatch(/^route +canary/m)
  })

  it('asks as the workload that it is told', async () => {
    const url = 'http://reviews/web/x'
    const { out } = await sidecarless('explain', 'good.yaml', url, '--labels', 'app=web,tier=1')
    expect(out).toMatch(/^call +redirected: 301 to http:\/\/reviews\/$/m)
    expect((await sidecarless('explain', 'good.yaml', url)).out).toMatch(/^route +split/m)
  })

  it('prints JSON', async () => {
    const { out } = await sidecarless('explain', 'good.yaml', 'http://reviews/', '--json')
    expect(JSON.parse(out)).toMatchObject({ side: 'client', service: 'reviews', destinations: [{ share: 0.75 }, {}] })
  })

  it('says of a host that nothing names that it passes through', async () => {
    const { out } = await sidecarless('explain', 'good.yaml', 'http://elsewhere.example/')
    expect(out).toMatch(/^call +passes through/m)
  })

  it('asks no name server: endpoints that would be found are just not known', async () => {
    const { out, code } = await sidecarless('explain', 'dns.yaml', 'http://api.example.com/')
    expect(out).toMatch(/^ {2}endpoint +none known$/m)
    expect(code).toBe(0)
  })

  it('says which route of the gateway takes a request that comes in', async () => {
    const { out } = await sidecarless('explain', 'ingress.yaml', 'http://shop.example/x', '--server')
    expect(out).toMatch(/^gateway +.*ingress\.yaml:\d+$/m)
    expect(out).toMatch(/^service +reviews$/m)
  })

  it('does not explain what a mesh would refuse', async () => {
    const { code, out, err } = await sidecarless('explain', 'bad.yaml', 'http://reviews/')
    expect(err).toContain('unknown-field')
    expect([code, out]).toEqual([1, ''])
  })
})

describe('a command line that is wrong', () => {
  const cases: [what: string, argv: string[], message: string][] = [
    ['nothing', [], 'no command is named'],
    ['an unknown command', ['chek'], 'unknown command "chek". Did you mean "check"?'],
    ['an unknown option', ['check', 'good.yaml', '--jso'], 'unknown option "--jso". Did you mean "--json"?'],
    ['an unknown option before the command', ['--jsno'], 'unknown option "--jsno".'],
    ['an option without its value', ['check', 'good.yaml', '--namespace'], '--namespace needs a value'],
    ['a flag with a value', ['check', 'good.yaml', '--json=yes'], '--json takes no value'],
    ['an option twice', ['check', 'x', '--namespace', 'a', '--namespace', 'b'], '--namespace is given twice'],
    ['no files', ['check'], 'no manifests are named'],
    ['no files to explain', ['explain', 'GET', 'http://x/'], 'no manifests are named'],
    ['no URL', ['explain', 'good.yaml'], 'absolute http or https URL'],
    ['a URL that cannot be called', ['explain', 'good.yaml', 'http://u:p@x/'], 'carries credentials'],
    ['a header without a colon', ['explain', 'good.yaml', 'http://x/', '-H', 'x'], '-H needs "name: value"'],
    ['labels without a value', ['explain', 'good.yaml', 'http://x/', '--labels', 'app'], '--labels needs key=value'],
  ]
  it.each(cases)('%s is told so', async (_what, argv, message) => {
    const { code, out, err } = await sidecarless(...argv)
    expect(err).toContain(`sidecarless: `)
    expect(err).toContain(message)
    expect([code, out]).toEqual([2, ''])
  })
})

describe('help and version', () => {
  it.each([[['--help']], [['check', '-h']], [['explain', 'x', '--help']]])('%s prints the usage', async (argv) => {
    const { code, out } = await sidecarless(...argv)
    expect(out).toMatch(/^Usage: sidecarless/)
    expect(code).toBe(0)
  })

  it('prints the version of the package', async () => {
    expect((await sidecarless('--version')).out).toMatch(/^\d+\.\d+\.\d+/)
  })
})

describe('colours', () => {
  it('are only for somebody who looks', async () => {
    let out = ''
    const write = (text: string): void => {
      out += text
    }
    await run(['check', 'bad.yaml'], { out: write, err: write, color: true })
    expect(out).toContain('\u001b[31merror\u001b[0m')
  })
})
