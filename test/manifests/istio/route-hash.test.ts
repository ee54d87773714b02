import { describe, expect, it } from 'vitest'
import type { ServiceRoute } from '../../../src/config/service.js'
import { loadText, manifest, reviews } from '../load-text.js'

function rule(host: string, balancer: string, subsets = ''): string {
  const spec = `spec:\n  host: ${host}\n  trafficPolicy: { loadBalancer: ${balancer} }\n${subsets}`
  return `---\n${manifest('networking.istio.io/v1', 'DestinationRule', host, spec)}`
}

const byHeader = (name: string): string => `{ consistentHash: { httpHeaderName: ${name} } }`
const ratings = rule('ratings', byHeader('x-ratings'))
const subsets = `  subsets:\n    - { name: v1, labels: { version: v1 }, trafficPolicy: { loadBalancer: ${byHeader('x-v1')} } }\n    - { name: v2, labels: { version: v2 } }\n`

async function route(http: string, rules: string): Promise<ServiceRoute | undefined> {
  const spec = `spec:\n  hosts: [reviews]\n  http:\n    - ${http}\n`
  const text = `${manifest('networking.istio.io/v1', 'VirtualService', 'reviews', spec)}${rules}`
  const config = await loadText(text, { endpoints: { ...reviews, ratings: reviews.reviews } })
  expect(config.diagnostics.filter((one) => one.severity === 'error')).toEqual([])
  return config.services?.reviews?.routes?.[0]
}

describe('the hash of a route', () => {
  const one = (destination: string): string => `{ destination: ${destination}, weight: 1 }`

  it('is that of its destination, whose retries stay where it leads', async () => {
    const found = await route('route: [{ destination: { host: ratings } }]', ratings)
    expect(found).toMatchObject({ hash: [{ header: 'x-ratings' }], retry: { attempts: 2, avoidTried: false } })
  })

  it('leaves retries as they are where they are asked for, or none are wanted', async () => {
    const to = 'route: [{ destination: { host: ratings } }]'
    expect((await route(`${to}\n      retries: {}`, ratings))?.retry).toBe(false)
    const asked = await route(`${to}\n      retries: { attempts: 1, retryIgnorePreviousHosts: true }`, ratings)
    expect(asked?.retry).toMatchObject({ attempts: 1, avoidTried: true })
    const plain = await route(`${to}\n      retries: { attempts: 1 }`, ratings)
    expect(plain?.retry).toMatchObject({ attempts: 1, avoidTried: false })
  })

  it('holds the hashes of all destinations in order, equal ones too', async () => {
    const all = [one('{ host: reviews, subset: v1 }'), one('{ host: ratings }'), one('{ host: reviews, subset: v1 }')]
    const found = await route(`route: [${all.join(', ')}]`, rule('reviews', '{ simple: RANDOM }', subsets) + ratings)
    expect(found?.hash).toEqual([{ header: 'x-v1' }, { header: 'x-ratings' }, { header: 'x-v1' }])
    expect(found?.retry).toBeUndefined()
  })

  it("is the service's for a subset that has none of its own", async () => {
    const rules = rule('reviews', byHeader('x-all'), subsets)
    const found = await route('route: [{ destination: { host: reviews, subset: v2 } }]', rules)
    expect(found?.hash).toEqual([{ header: 'x-all' }])
  })

  it('is none for a route that answers, and where nothing is hashed', async () => {
    expect((await route('directResponse: { status: 200 }', rule('reviews', byHeader('x-all'))))?.hash).toBeUndefined()
    expect((await route('route: [{ destination: { host: ratings } }]', ''))?.hash).toBeUndefined()
  })
})
