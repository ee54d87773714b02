import { describe, expect, it } from 'vitest'
import { createMesh } from '../../../src/index.js'
import type { LoadedConfig, LoadManifestsOptions } from '../../../src/manifests/index.js'
import { found, loadText, manifest, messages } from '../load-text.js'

const istio = 'networking.istio.io/v1'
const destination = (host: string): string =>
  manifest(
    istio,
    'VirtualService',
    'v',
    `spec: { hosts: [web], http: [{ route: [{ destination: { host: ${host} } }] }] }\n`,
  )
const rule = (host: string): string =>
  manifest(istio, 'DestinationRule', 'd', `spec: { host: ${host}, trafficPolicy: { tls: { mode: SIMPLE } } }\n`)
const entry = (host: string): string =>
  manifest(
    istio,
    'ServiceEntry',
    'e',
    `spec: { hosts: [${host}], ports: [{ number: 80, name: http }], resolution: DNS }\n`,
  )

/** Calls are those of the namespace `shop`; another one is `bank`. */
function load(text: string, options: LoadManifestsOptions = {}): Promise<LoadedConfig> {
  const bank = manifest('v1', 'Service', 'rates\n  namespace: bank', 'spec: {}\n')
  const endpoint = [{ url: 'http://127.0.0.1:9080' }]
  const endpoints = { web: endpoint, reviews: endpoint, 'rates.bank': endpoint }
  return loadText(`${text}---\n${bank}`, { namespace: 'shop', endpoints, ...options })
}

describe('a name with a dot that is not in full, which Istio does not complete', () => {
  it.each([
    ['reviews.shop', 'reviews'],
    ['reviews.shop.svc', 'reviews'],
    ['rates.bank', 'rates.bank'],
  ])('leads to its service all the same as the destination %s, with a warning', async (host, service) => {
    const config = await load(destination(host))
    expect(config.services?.web?.routes?.[0]?.to).toEqual([{ service }])
    expect(found(config)).toEqual(['m.yaml:5:57 warning partial-host spec.http[0].route[0].destination.host'])
    expect(messages(config)).toMatch(/write "(?:reviews\.shop|rates\.bank)\.svc\.cluster\.local"/)
  })

  it.each(['reviews.shop', 'rates.bank'])('leads nowhere under strict as the destination %s', async (host) => {
    const config = await load(destination(host), { strict: true })
    expect(found(config)).toEqual(['m.yaml:5:57 warning missing-service spec.http[0].route[0].destination.host'])
    const mesh = createMesh({ service: 'test', config })
    await expect(mesh.fetch('http://web/')).rejects.toMatchObject({
      cause: { code: 'ERR_MESH_NO_CLUSTER', flag: 'NC' },
    })
    await mesh.close()
  })

  it('means its service all the same in a DestinationRule, with a warning', async () => {
    const config = await load(rule('reviews.shop.svc'))
    expect(config.services?.reviews?.tls).toBe('simple')
    expect(found(config)).toEqual(['m.yaml:5:9 warning partial-host spec.host'])
  })

  it('makes a DestinationRule hold for nothing under strict', async () => {
    const config = await load(rule('reviews.shop.svc'), { strict: true })
    expect(config.services?.reviews?.tls).toBeUndefined()
    expect(found(config)).toEqual([
      'm.yaml:5:9 warning partial-host spec.host',
      'm.yaml:5:9 warning shadowed spec.host',
    ])
  })

  it('warns as a host of a VirtualService', async () => {
    const spec = 'spec: { hosts: [reviews.shop], http: [{ directResponse: { status: 418 } }] }\n'
    const config = await load(manifest(istio, 'VirtualService', 'v', spec))
    expect(config.services?.reviews?.routes).toHaveLength(1)
    expect(found(config)).toEqual(['m.yaml:5:9 warning partial-host spec.hosts'])
  })

  it('is a host of its own where a ServiceEntry describes it, to Istio and here', async () => {
    const text = [entry('db.bank'), destination('db.bank'), rule('db.bank')].join('---\n')
    const config = await load(text, { strict: true })
    expect(config.services?.web?.routes?.[0]?.to).toEqual([{ service: 'db.bank' }])
    expect(config.services?.['db.bank']?.tls).toBe('simple')
    expect(found(config)).toEqual([])
  })
})

it.each(['reviews', 'reviews.shop.svc.cluster.local', 'rates.bank.svc.cluster.local'])(
  'the destination %s is one to Istio, too',
  async (host) => {
    expect(found(await load(destination(host), { strict: true }))).toEqual([])
  },
)
