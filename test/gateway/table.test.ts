import { describe, expect, it } from 'vitest'
import type { GatewayRouteOptions } from '../../src/config/gateway.js'
import { HeaderMap } from '../../src/core/headers.js'
import { RouteTable } from '../../src/gateway/table.js'

type Subject = Parameters<RouteTable<string>['match']>[0]

function table(
  ...routes: (Omit<GatewayRouteOptions, 'service'> & { name: string })[]
): (more?: Partial<Subject>) => string | undefined {
  const built = new RouteTable(
    routes.map((one) => ({ name: one.name, options: { ...one, service: 's' }, value: one.name })),
  )
  return function match(more = {}) {
    const subject: Subject = { method: 'GET', headers: new HeaderMap([]), scheme: 'http', localPort: 3000, ...more }
    return built.match(subject, 'a.com', '/')?.route.name
  }
}

const told = (scheme: string): HeaderMap => new HeaderMap(['x-forwarded-proto', scheme])

describe('a route of a scheme', () => {
  const match = table({ name: 'any' }, { name: 'secure', schemes: ['https'] })

  it.each<[string, Partial<Subject>, string]>([
    ['takes what came over TLS', { scheme: 'https' }, 'secure'],
    ['takes what came over TLS to a proxy in front', { headers: told('https') }, 'secure'],
    ['leaves the rest', {}, 'any'],
    ['leaves what a proxy took in the clear', { scheme: 'https', headers: told('http') }, 'any'],
    ['does not take the word of a proxy for what is no scheme', { headers: told('https, http') }, 'any'],
  ])('%s', (_, subject, name) => {
    expect(match(subject)).toBe(name)
  })
})

describe('a route of a port', () => {
  const match = table({ name: 'public', ports: [80] }, { name: 'admin', ports: [8080, 8081] })

  it.each<[string, number, string]>([
    ['takes what comes there', 8081, 'admin'],
    ['leaves what comes to the port of another', 80, 'public'],
    ['is one of all for a port that none names', 3000, 'public'],
  ])('%s', (_, localPort, name) => {
    expect(match({ localPort })).toBe(name)
  })

  it('is not for a port that another names', () => {
    expect(
      table({ name: 'admin', ports: [8080] }, { name: 'public', ports: [80], methods: ['POST'] })({ localPort: 80 }),
    ).toBeUndefined()
  })
})
