import { describe, expect, it } from 'vitest'
import { loadManifests } from '../../../src/manifests/index.js'
import { gateway, httpRoute } from '../../manifests/gateway-api/route-text.js'
import { found } from '../../manifests/load-text.js'
import { client, listen, meshOf, type Send } from './harness.js'

/** HTTPRouteServiceTypes, and Services that nobody answers for. */

const web = gateway('gw', '{ name: web, port: 80, protocol: HTTP }')
const route = httpRoute('r', '  parentRefs: [{ name: gw }]\n  rules: [{ backendRefs: [{ name: back, port: 8080 }] }]\n')

const service = (spec: string): string =>
  `apiVersion: v1\nkind: Service\nmetadata: { name: back, namespace: infra }\nspec: ${spec}\n`
const slice = (port: number, more = '', endpoint = ''): string =>
  `apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: { name: back-1, namespace: infra, labels: { kubernetes.io/service-name: back } }\naddressType: IPv4\nports: [{ port: ${port}, protocol: TCP${more} }]\nendpoints: [{ addresses: [127.0.0.1]${endpoint} }]\n`

async function open(...documents: string[]): Promise<Send> {
  const config = await loadManifests([{ name: 'm.yaml', text: [web, route, ...documents].join('---\n') }], {
    namespace: 'infra',
  })
  expect(found(config).filter((line) => line.includes(' error '))).toEqual([])
  return client(await listen(meshOf(config).gateway()))
}

describe('a Service', () => {
  const backend = (): Promise<number> => listen((_, response) => response.end('ok'))

  it.each<readonly [string, string, string]>([
    ['with a selector', '{ selector: { app: back }, ports: [{ port: 8080, targetPort: 3000 }] }', ''],
    [
      'with a named port',
      '{ selector: { app: back }, ports: [{ name: first-port, port: 8080, targetPort: 3000 }] }',
      ', name: first-port',
    ],
    ['without a selector', '{ ports: [{ name: first-port, port: 8080, targetPort: 3000 }] }', ', name: first-port'],
    ['that is headless', '{ clusterIP: None, selector: { app: back }, ports: [{ port: 8080, targetPort: 3000 }] }', ''],
    [
      'that is headless and has no selector',
      '{ clusterIP: None, ports: [{ name: first-port, port: 8080, targetPort: 3000 }] }',
      ', name: first-port',
    ],
    [
      'with h2c',
      '{ ports: [{ port: 8080, targetPort: 3000, appProtocol: kubernetes.io/h2c }] }',
      ', appProtocol: kubernetes.io/h2c',
    ],
    [
      'with WebSockets',
      '{ ports: [{ port: 8080, targetPort: 3000, appProtocol: kubernetes.io/ws }] }',
      ', appProtocol: kubernetes.io/ws',
    ],
  ])('%s is reached by its EndpointSlice', async (_, spec, more) => {
    const send = await open(service(spec), slice(await backend(), more))
    expect([(await send('/')).status, (await send('/')).body]).toEqual([200, 'ok'])
  })

  it.each<readonly [string, readonly string[]]>([
    ['without endpoints', []],
    ['without endpoints that are ready', [slice(1, '', ', conditions: { ready: false }')]],
  ])('%s is 503', async (_, slices) => {
    const send = await open(service('{ selector: { app: back }, ports: [{ port: 8080 }] }'), ...slices)
    expect((await send('/')).status).toBe(503)
  })
})
