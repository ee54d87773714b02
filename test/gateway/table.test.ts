import { describe, expect, it } from 'vitest'
import type { GatewayRouteOptions } from '../../src/config/gateway.js'
import { HeaderMap } from '../../src/core/headers.js'
import { GatewayTable } from '../../src/gateway/table.js'

type Subject = Parameters<GatewayTable<string>['match']>[0]

function table(
  ...routes: (Omit<GatewayRouteOptions, 'service'> & { name: string })[]
): (more?: Partial<Subject>) => string | undefined {
  const built = new GatewayTable(
    routes.map((one) => ({ name: one.name, options: { ...one, service: 's' }, value: one.name })),
  )
  return function match(more = {}) {
    return built.match({ ...subject, ...more }, 'a.com', '/')?.route.name
  }
}

const subject: Subject = { method: 'GET', headers: new HeaderMap([]), scheme: 'http', localPort: 3000 }

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

describe('a path', () => {
  const taken = (paths: GatewayRouteOptions['paths'], path: string, dialect?: 'kong'): number | undefined =>
    new GatewayTable([{ name: 'r', options: { service: 's', paths, dialect }, value: 'r' }]).match(
      subject,
      'a.com',
      path,
    )?.taken

  it.each<[string, NonNullable<GatewayRouteOptions['paths']>[number], string, number | undefined]>([
    ['a prefix', '/api', '/api/users', 4],
    ['a prefix by segments', '/api', '/apis', undefined],
    ['a plain prefix', { prefix: '/api' }, '/apis', 4],
    ['a whole path', { exact: '/api' }, '/api', 4],
    ['a regular expression', { regex: '/api/v\\d+' }, '/api/v12/users', 8],
    ['the first alternative, as RE2 has it', { regex: '/a|/ab' }, '/abc', 2],
    ['nothing that only comes later', { regex: '/v\\d+' }, '/api/v1', undefined],
  ])('takes %s', (_, path, given, length) => {
    expect(taken([path], given)).toBe(length)
    expect(taken([path], given, 'kong')).toBe(length)
  })
})

describe("routes of Kong's dialect", () => {
  interface Given {
    readonly method?: string
    readonly host?: string
    readonly path?: string
    readonly plan?: string
  }

  function kong(
    ...routes: (Omit<GatewayRouteOptions, 'service'> & { name: string })[]
  ): (given: Given) => string | undefined {
    const built = new GatewayTable(
      routes.map((one) => ({
        name: one.name,
        options: { dialect: 'kong' as const, ...one, service: 's' },
        value: one.name,
      })),
    )
    return ({ method = 'GET', host = 'a.com', path = '/', plan }) => {
      const headers = new HeaderMap(plan === undefined ? [] : ['x-plan', plan])
      return built.match({ ...subject, method, headers }, host, path)?.route.name
    }
  }

  it('with more kinds of conditions come first, however short their paths are', () => {
    const match = kong(
      { name: 'longer', hosts: ['a.com'], paths: ['/orders'] },
      { name: 'guarded', hosts: ['a.com'], paths: ['/'], methods: ['DELETE'] },
    )
    expect(match({ method: 'DELETE', path: '/orders/1' })).toBe('guarded')
    expect(match({ method: 'GET', path: '/orders/1' })).toBe('longer')
  })

  it('with more kinds of conditions come before a closer host', () => {
    const match = kong(
      { name: 'host', hosts: ['a.com'], paths: ['/'] },
      { name: 'gold', paths: ['/'], methods: ['GET'], headers: { 'x-plan': 'gold' } },
      { name: 'wildcard', hosts: ['*.com'], paths: ['/'], methods: ['GET'] },
    )
    expect(match({ plan: 'gold', host: 'a.org' })).toBe('gold')
    expect(match({ plan: 'gold' })).toBe('gold')
    expect(match({})).toBe('wildcard')
    expect(match({ method: 'POST' })).toBe('host')
  })

  it.each<[string, Parameters<typeof kong>[0], Parameters<typeof kong>[0], Given]>([
    [
      'plain hosts',
      { name: 'first', hosts: ['a.com'], paths: ['/'] },
      { name: 'second', hosts: ['a.com', '*.com'], paths: ['/orders'] },
      { path: '/orders' },
    ],
    [
      'more headers',
      { name: 'first', paths: ['/'], headers: { 'x-plan': 'gold', host: { present: false } } },
      { name: 'second', paths: ['/orders'], headers: { 'x-plan': 'gold' } },
      { path: '/orders', plan: 'gold' },
    ],
    [
      'a regular expression',
      { name: 'first', paths: [{ regex: '/o' }] },
      { name: 'second', paths: ['/orders'] },
      { path: '/orders/1' },
    ],
    [
      'a whole path, which is one',
      { name: 'first', paths: [{ exact: '/orders' }] },
      { name: 'second', paths: [{ prefix: '/orders' }] },
      { path: '/orders' },
    ],
    [
      'the whole path of a prefix, which is one too',
      { name: 'first', paths: ['/orders'] },
      { name: 'second', paths: [{ regex: '/o' }] },
      { path: '/orders' },
    ],
    ['the longer path', { name: 'first', paths: ['/orders'] }, { name: 'second', paths: ['/'] }, { path: '/orders/1' }],
  ])('with as many kinds are told apart by %s', (_, first, second, given) => {
    expect([kong(first, second)(given), kong(second, first)(given)]).toEqual(['first', 'first'])
  })

  it('come before others of their host, and after those of a closer one', () => {
    const match = kong(
      { name: 'native any', dialect: 'native', paths: [{ exact: '/orders' }] },
      { name: 'kong any', paths: ['/orders'] },
      { name: 'native host', hosts: ['a.com'], dialect: 'native' },
    )
    expect(match({ path: '/orders', host: 'b.com' })).toBe('kong any')
    expect(match({ path: '/orders' })).toBe('native host')
  })
})
