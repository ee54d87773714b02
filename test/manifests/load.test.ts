import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkConfig } from '../../src/config/check.js'
import { ConfigError } from '../../src/core/config-error.js'
import { formatDiagnostic, loadManifests } from '../../src/manifests/index.js'
import { found, loadText, manifest, reviews, virtualService } from './load-text.js'

const here = dirname(fileURLToPath(import.meta.url))
const before = process.cwd()

beforeAll(() => process.chdir(here))
afterAll(() => process.chdir(before))

function at(ports: Record<number, string>): { url: string; labels: { version: string } }[] {
  return Object.entries(ports).map(([port, version]) => ({ url: `http://127.0.0.1:${port}`, labels: { version } }))
}

const endpoints = {
  catalogue: at({ 9001: 'v1', 9002: 'v1', 9003: 'v2' }),
  'orders.default': at({ 9011: 'v1', 9012: 'v2' }),
  'site.default.svc.cluster.local': at({ 9021: 'v1' }),
}

function golden(name: string): unknown {
  return JSON.parse(readFileSync(join('fixtures', name), 'utf8'))
}

describe('manifests with the gaps that published ones have', () => {
  it('load into the config that they mean, with the gaps filled', async () => {
    const config = await loadManifests('fixtures/*.yaml', { endpoints })
    expect(config).toEqual(golden('lax.json'))
  })

  it('say with file and line what was filled in', async () => {
    const config = await loadManifests('fixtures/*.yaml', { endpoints })
    expect(found(config)).toEqual([
      'fixtures/orders.yaml:12:13 warning missing-path-type spec.rules[0].http.paths[0]',
      'fixtures/orders.yaml:30:13 warning undefined-subset spec.http[0].route[0].destination.subset',
      'fixtures/orders.yaml:34:13 warning undefined-subset spec.http[0].route[1].destination.subset',
      'fixtures/shop-gateway.yaml:5:3 warning inferred-plugin metadata.name',
      'fixtures/shop-gateway.yaml:5:3 warning no-consumers metadata.name',
      'fixtures/shop-gateway.yaml:15:3 warning inferred-plugin metadata.name',
      'fixtures/shop-gateway.yaml:20:3 warning flat-redis-host config.redis_host',
      'fixtures/shop-gateway.yaml:20:3 warning local-counting config.redis_host',
      'fixtures/shop-mesh.yaml:18:13 warning undefined-subset spec.http[0].route[0].destination.subset',
      'fixtures/shop-mesh.yaml:28:13 warning undefined-subset spec.http[1].route[0].destination.subset',
      'fixtures/shop-mesh.yaml:51:9 warning h2-upgrade spec.trafficPolicy.connectionPool.http.h2UpgradePolicy',
      'fixtures/shop-mesh.yaml:52:5 warning never-ejects spec.trafficPolicy.outlierDetection',
    ])
  })

  it('behave under strict as they would with Istio, Kong and Kubernetes', async () => {
    const config = await loadManifests('fixtures/*.yaml', { endpoints, strict: true })
    expect(config).toEqual(golden('strict.json'))
    expect(config.diagnostics.filter((one) => one.severity === 'error').map(formatDiagnostic)).toEqual([
      'fixtures/orders.yaml:12:13 error missing-path-type spec.rules[0].http.paths[0]: The path has no pathType; Kubernetes refuses that.',
      expect.stringContaining('fixtures/shop-gateway.yaml:5:3 error inferred-plugin metadata.name: '),
      expect.stringContaining('fixtures/shop-gateway.yaml:15:3 error inferred-plugin metadata.name: '),
    ])
  })

  it('count through the client that is given in place of the Redis they name', async () => {
    const redis = { on: () => undefined, eval: () => undefined, defineCommand: () => undefined }
    const config = await loadManifests('fixtures/shop-gateway.yaml', { endpoints, redis })
    const limit = config.gateway?.routes?.[0]?.plugins?.[1]?.config
    expect(limit).toMatchObject({ store: redis, failureMode: 'local' })
    expect(found(config).join()).not.toContain('local-counting')
  })
})

describe('the result', () => {
  it('is a config that a mesh takes, with its warnings', async () => {
    const config = await loadManifests('fixtures/*.yaml', { endpoints })
    const { warnings } = checkConfig(config)
    expect(warnings).toHaveLength(config.diagnostics.length)
    expect(warnings[0]).toMatch(/^fixtures\/orders\.yaml:12 spec\.rules\[0\]\.http\.paths\[0\]: /)
  })

  it('is refused by a mesh when it has errors, with file and line', async () => {
    const config = await loadManifests('fixtures/*.yaml', { endpoints, strict: true })
    expect(() => checkConfig(config)).toThrow(ConfigError)
    expect(() => checkConfig(config)).toThrow('fixtures/orders.yaml:12 spec.rules[0].http.paths[0]: ')
  })

  it('of strict manifests may lead nowhere: that is no error but the answer 503 NC', async () => {
    const config = await loadManifests('fixtures/shop-mesh.yaml', { endpoints, strict: true })
    expect(checkConfig(config).config.services).toHaveProperty('catalogue')
  })

  it('has diagnostics that no copy of the config carries along', async () => {
    const config = await loadText(virtualService('    - route: [{ destination: { host: reviews } }]\n'))
    expect(config.diagnostics).toHaveLength(1)
    expect(Object.keys(config)).toEqual(['services'])
  })

  it('has the services of the endpoints option that no manifest speaks of', async () => {
    const config = await loadText(manifest('v1', 'Service', 'reviews', 'spec: {}\n'), {
      endpoints: { ...reviews, 'pay.example.com': [{ url: 'https://pay.example.com' }] },
    })
    expect(config.services?.['pay.example.com']).toEqual({ endpoints: [{ url: 'https://pay.example.com' }] })
    expect(config.diagnostics).toEqual([])
  })

  it('keeps the short name of a service in the own namespace, and qualifies those of others', async () => {
    const other = manifest('v1', 'Service', 'rates\n  namespace: bank', 'spec: {}\n')
    const config = await loadText(`${manifest('v1', 'Service', 'reviews', 'spec: {}\n')}---\n${other}`, {
      namespace: 'shop',
      clusterDomain: 'corp.local',
    })
    expect(Object.entries(config.services ?? {}).map(([name, { hosts }]) => [name, hosts])).toEqual([
      ['reviews', ['reviews.shop', 'reviews.shop.svc', 'reviews.shop.svc.corp.local']],
      ['rates.bank', ['rates.bank.svc', 'rates.bank.svc.corp.local']],
    ])
  })

  it('takes an empty namespace for none, as Kubernetes does', async () => {
    const config = await loadText(manifest('v1', 'Service', 'reviews\n  namespace: ""', 'spec: {}\n'), {
      endpoints: reviews,
    })
    expect(Object.keys(config.services ?? {})).toEqual(['reviews'])
    expect(config.diagnostics).toEqual([])
  })

  it('reads the items of a List, and JSON', async () => {
    const item = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'reviews' } }
    const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [item] })
    const config = await loadManifests([{ name: 'list.json', text }], { endpoints: reviews })
    expect(config.services?.reviews?.endpoints).toEqual(reviews.reviews)
    expect(config.diagnostics).toEqual([])
  })
})

describe('options', () => {
  it('that are unknown are refused with what was probably meant', async () => {
    // A call from JavaScript.
    const options: object = { endpoint: {} }
    await expect(loadManifests([], options)).rejects.toThrow('Did you mean "endpoints"?')
  })
})
