import { describe, expect, it } from 'vitest'
import { gateway, httpRoute } from '../../manifests/gateway-api/route-text.js'
import { edge } from './harness.js'

/** HTTPRouteReferenceGrant, -InvalidReferenceGrant, -PartiallyInvalidViaInvalidReferenceGrant, -InvalidBackendRefUnknownKind, -InvalidNonExistentBackendRef, -AllBackendsWeightZero. */

const web = gateway('gw', '{ name: web, port: 80, protocol: HTTP }')
const route = (rules: string): string => httpRoute('r', `  parentRefs: [{ name: gw }]\n  rules:\n${rules}`)
const far = '{ name: far, namespace: other, port: 8080 }'

/** A ReferenceGrant in `other`, unless said otherwise. */
function grant(from: string, to: string, namespace = 'other', version = 'v1beta1'): string {
  return `apiVersion: gateway.networking.k8s.io/${version}
kind: ReferenceGrant
metadata: { name: g-${Math.abs(from.length * 31 + to.length)}, namespace: ${namespace} }
spec: { from: [${from}], to: [${to}] }
`
}

const us = '{ group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: infra }'
const services = '{ group: "", kind: Service }'

describe('a backend in another namespace', () => {
  it.each<readonly [number, string, readonly string[]]>([
    [500, 'no grant', []],
    [200, 'a grant for every Service', [grant(us, services)]],
    [200, 'a grant of v1', [grant(us, services, 'other', 'v1')]],
    [200, 'a grant for this Service', [grant(us, '{ group: "", kind: Service, name: far }')]],
    [200, 'one grant of several', [grant(us, '{ group: "", kind: Service, name: near }'), grant(us, services)]],
    [
      200,
      'one entry of several',
      [grant(`{ group: a.b, kind: C, namespace: d }, ${us}`, `{ group: "", kind: Secret }, ${services}`)],
    ],
    [500, 'a grant for another Service', [grant(us, '{ group: "", kind: Service, name: near }')]],
    [500, 'a grant for another kind', [grant(us, '{ group: "", kind: Secret }')]],
    [500, 'a grant for another group', [grant(us, '{ group: a.com, kind: Service }')]],
    [
      500,
      'a grant from another namespace',
      [grant('{ group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: wrong }', services)],
    ],
    [
      500,
      'a grant from another kind',
      [grant('{ group: gateway.networking.k8s.io, kind: Gateway, namespace: infra }', services)],
    ],
    [
      500,
      'a grant from another group',
      [grant('{ group: not-the-group, kind: HTTPRoute, namespace: infra }', services)],
    ],
    [500, 'a grant in a third namespace', [grant(us, services, 'elsewhere')]],
    [500, 'a grant in the namespace of the route', [grant(us, services, 'infra')]],
  ])('is answered %i with %s', async (status, _, grants) => {
    const { send } = await edge([web, route(`    - backendRefs: [${far}]\n`), ...grants])
    expect((await send('/')).status).toBe(status)
  })

  it('without a grant spoils its own rule and no other', async () => {
    const { send } = await edge([
      web,
      route(
        `    - { matches: [{ path: { value: /v1 } }], backendRefs: [{ name: v1, port: 8080 }] }\n    - { matches: [{ path: { value: /far } }], backendRefs: [${far}] }\n`,
      ),
    ])
    expect([(await send('/v1')).seen?.backend, (await send('/far')).status, (await send('/')).status]).toEqual([
      'v1',
      500,
      404,
    ])
  })
})

describe('a rule', () => {
  it.each<readonly [string, string]>([
    [
      'a backend of an unknown kind',
      'backendRefs: [{ group: unknownkind.example.com, kind: NonExistent, name: v1, port: 8080 }]',
    ],
    ['a backend that is not there', 'backendRefs: [{ name: none, port: 8080 }]'],
    ['a port that the backend does not have', 'backendRefs: [{ name: v1, port: 9999 }]'],
    ['no backends', 'name: empty'],
    ['an empty list of backends', 'backendRefs: []'],
    ['backends of weight 0', 'backendRefs: [{ name: v1, port: 8080, weight: 0 }, { name: v2, port: 8080, weight: 0 }]'],
    [
      'nothing but a header modifier',
      'filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: a, value: b }] } }]',
    ],
    [
      'a filter that nothing resolves',
      'filters: [{ type: ExtensionRef, extensionRef: { group: a.com, kind: B, name: c } }]\n      backendRefs: [{ name: v1, port: 8080 }]',
    ],
    [
      'an authorizer',
      'filters: [{ type: ExternalAuth, externalAuth: { protocol: HTTP, backendRef: { name: v2, port: 8080 }, http: {} } }]\n      backendRefs: [{ name: v1, port: 8080 }]',
    ],
    [
      'a filter of its backend that cannot be run',
      'backendRefs: [{ name: v1, port: 8080, filters: [{ type: ExtensionRef, extensionRef: { group: a.com, kind: B, name: c } }] }]',
    ],
    [
      'a redirect and a filter that nothing resolves',
      'filters: [{ type: ExtensionRef, extensionRef: { group: a.com, kind: B, name: c } }, { type: RequestRedirect, requestRedirect: { hostname: b.com } }]',
    ],
  ])('with %s is answered 500, and the route beside it is served', async (_, rule) => {
    const { send, seen } = await edge([
      web,
      route(
        `    - ${rule}\n      matches: [{ path: { type: PathPrefix, value: /bad } }]\n    - { backendRefs: [{ name: v3, port: 8080 }] }\n`,
      ),
    ])
    expect((await send('/bad')).status).toBe(500)
    expect(seen).toEqual([])
    expect((await send('/')).seen?.backend).toBe('v3')
  })

  it.each<readonly [string, string]>([
    ['a backend that is not there', '{ name: none, port: 8080, weight: 1 }'],
    ['a backend without a grant', far],
    ['a backend of an unknown kind', '{ group: a.com, kind: B, name: c }'],
    [
      'a backend with a filter that cannot be run',
      '{ name: v2, port: 8080, filters: [{ type: ExtensionRef, extensionRef: { group: a.com, kind: B, name: c } }] }',
    ],
  ])('answers the share of %s with 500', async (_, invalid) => {
    let draw = 0
    const { send } = await edge(
      [web, route(`    - backendRefs: [{ name: v1, port: 8080, weight: 1 }, ${invalid}]\n`)],
      { random: () => draw },
    )
    const statuses: number[] = []
    for (draw of [0, 0.49, 0.5, 0.99]) statuses.push((await send('/')).status)
    expect(statuses).toEqual([200, 200, 500, 500])
  })
})
