import { describe, expect, it } from 'vitest'
import { Observer } from '../../src/core/observer.js'
import type { RouteOptions } from '../../src/routing/index.js'
import { compileLegs } from '../../src/routing/legs.js'
import { compileAction } from '../../src/routing/route-action.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { call } from './scaffold.js'
import { ring } from './scaffold-ring.js'

const clock = fakeClock()
const cors = { allowOrigins: ['https://a'] }
const fault = { abort: { status: 503, percentage: 10 } }

function stages(route: RouteOptions, envoyHeaders = false): string[] {
  const find = (): { name: string; service: string; subset: undefined; attempt: () => Promise<never> } => ({
    name: 'reviews',
    service: 'reviews',
    subset: undefined,
    attempt: () => Promise.reject(new Error()),
  })
  const legs = compileLegs(route, { service: 'reviews', find, clock }).map(({ value }) => value)
  const deps = { clock, random: Math.random, observer: new Observer() }
  return compileAction({ route, service: 'reviews', legs, mirrors: [], envoyHeaders }, deps).stages.map(
    ({ stage }) => stage,
  )
}

describe('a route has only the stages that it needs', () => {
  it.each<[RouteOptions, string[]]>([
    [{}, []],
    [{ to: { v1: 1, v2: 2 } }, []],
    [{ fault }, ['fault']],
    [{ cors }, ['cors']],
    [{ cors, redirect: { path: '/' } }, ['respond']],
    [{ fault, directResponse: { status: 200 }, headers: { response: { set: { a: '1' } } } }, ['fault', 'respond']],
    [{ to: [{ status: 500 }] }, ['respond']],
    [{ rewrite: { path: '/' } }, ['headers']],
    [{ headers: {} }, []],
    [{ to: [{ headers: { response: { remove: ['a'] } } }] }, ['headers']],
    [{ fault, cors, rewrite: { authority: 'a' } }, ['fault', 'cors', 'headers']],
  ])('%j: %j', (route, expected) => {
    expect(stages(route)).toEqual(expected)
  })

  it('and for a sidecar’s service always the one that strips', () => {
    expect(stages({}, true)).toEqual(['headers'])
  })
})

describe('an explanation', () => {
  it.each<[RouteOptions, object]>([
    [
      { redirect: { path: '/new', status: 302 } },
      { kind: 'redirect', status: 302, location: 'http://reviews/new?q', path: undefined },
    ],
    [
      { directResponse: { status: 418, body: 'x' }, headers: { response: { set: { a: 'secret' } } } },
      { kind: 'respond', status: 418, location: undefined, requestHeaders: [], responseHeaders: ['set a'] },
    ],
    [
      { fault: { abort: { status: 503, percentage: 100 } } },
      { kind: 'respond', status: 503, path: undefined, faults: ['abort 100% 503'] },
    ],
    [{ directResponse: { status: 302 } }, { kind: 'respond', status: 302, location: 'http://reviews/old/x?q' }],
    [
      {
        rewrite: { pathPrefix: '/n', authority: 'inner' },
        match: [{ path: { pathPrefix: '/old' } }],
        headers: { request: { set: { a: 'secret' }, remove: ['b'] } },
        mirrors: [{ subset: 'v2', percentage: 10 }, { service: 'shadow' }],
        fault: { delay: { duration: '2s', percentage: 1 }, abort: { status: 503, percentage: 10 } },
        cors,
      },
      {
        kind: 'forward',
        status: undefined,
        path: '/n/x?q',
        authority: 'inner',
        requestHeaders: ['remove b', 'set a'],
        responseHeaders: [],
        mirrors: ['reviews|v2 10%', 'shadow 100%'],
        faults: ['delay 1% 2s', 'abort 10% 503'],
        cors: true,
      },
    ],
  ])('of %j', (route, expected) => {
    const one = call({ path: '/old/x?q' })
    expect(ring(route).explain(one).action).toMatchObject(expected)
    expect(one.path).toBe('/old/x?q')
  })
})
