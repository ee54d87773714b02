import { describe, expect, it } from 'vitest'
import { MeshError } from '../../../src/core/errors.js'
import { HeaderMap } from '../../../src/core/headers.js'
import { type HeaderLevels, headerPlan } from '../../../src/routing/action/header-plan.js'
import type { HeaderOperations } from '../../../src/routing/action/options.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'
import { call } from '../scaffold.js'

const clock = fakeClock()

function request(levels: HeaderLevels, headers: Record<string, string | string[]>): [string, string][] {
  const one = call({ headers })
  headerPlan(levels, clock)?.onRequest(one)
  return [...one.headers]
}

describe('header operations', () => {
  it.each<[string, HeaderOperations, Record<string, string | string[]>, [string, string][]]>([
    [
      'set overwrites all values',
      { set: { a: 'n' } },
      { A: ['1', '2'], b: '3' },
      [
        ['A', 'n'],
        ['b', '3'],
      ],
    ],
    ['set adds what is not there', { set: { a: 'n' } }, {}, [['a', 'n']]],
    [
      'add appends',
      { add: { a: 'n' } },
      { a: '1' },
      [
        ['a', '1'],
        ['a', 'n'],
      ],
    ],
    ['remove takes all values, in any case', { remove: ['A'] }, { a: ['1', '2'], b: '3' }, [['b', '3']]],
    ['what is removed goes first', { remove: ['a'], add: { a: 'n' } }, { a: '1' }, [['a', 'n']]],
    [
      'set comes before add',
      { add: { a: 'x' }, set: { a: 'n' } },
      { a: '1' },
      [
        ['a', 'n'],
        ['a', 'x'],
      ],
    ],
    [
      'values are made before anything is written',
      { set: { a: 'n', b: '%REQ(a)%' } },
      { a: '1' },
      [
        ['a', 'n'],
        ['b', '1'],
      ],
    ],
    ['and after what is removed has gone', { remove: ['a'], set: { b: '%REQ(a)%' } }, { a: '1' }, []],
    ['a value that comes out empty is not written', { set: { a: '%REQ(x)%', b: '' } }, { a: '1' }, [['a', '1']]],
    [
      'Host and pseudo-headers are no headers',
      { set: { ':path': '/', host: 'h' }, remove: ['host'] },
      { Host: 'x' },
      [['Host', 'x']],
    ],
  ])('%s', (_, operations, headers, expected) => {
    expect(request({ route: { request: operations } }, headers)).toEqual(expected)
  })

  it('of a destination come first, and those of the route overwrite them', () => {
    const levels = {
      destination: { request: { set: { a: 'destination', b: 'destination' }, add: { c: 'destination' } } },
      route: { request: { set: { a: 'route' }, add: { c: 'route' }, remove: ['b'] } },
    }
    expect(request(levels, { a: '1' })).toEqual([
      ['a', 'route'],
      ['c', 'destination'],
      ['c', 'route'],
    ])
  })

  it.each<[HeaderLevels, string | undefined]>([
    [{ route: { request: { set: { a: '1' } } } }, undefined],
    [{ route: { request: { set: { Host: 'r' } } } }, 'r'],
    [{ route: { request: { add: { ':authority': 'r' } } } }, 'r'],
    [{ route: { request: { add: { host: 'added' }, set: { host: 'set' } } } }, 'set'],
    [{ destination: { request: { set: { host: 'd' } } } }, 'd'],
    [{ destination: { request: { set: { host: 'd' } } }, route: { request: { add: { host: 'r' } } } }, 'r'],
    [{ route: { request: { set: { host: 'r' } } }, authority: 'rewrite' }, 'rewrite'],
    [{ authority: '100%' }, '100%'],
    [{ route: { request: { set: { host: '%REQ(x)%.example' } } } }, 'y.example'],
    [{ route: { response: { set: { host: 'r' } } } }, undefined],
  ])('of a request may change the Host: rewrite before route before destination (%j)', (levels, expected) => {
    expect(headerPlan(levels, clock)?.authority?.(call({ headers: { x: 'y' } }), undefined, 0)).toBe(expected)
  })

  it('change answers, which may tell of request and answer', () => {
    const headers = HeaderMap.from({ 'x-up': 'u', 'x-echo': '1' })
    const plan = headerPlan(
      { route: { response: { set: { a: '%REQ(x)%', b: '%RESP(x-up)%', c: '%RESPONSE_CODE%' }, remove: ['x-echo'] } } },
      clock,
    )
    plan?.onAnswer(call({ headers: { x: 'y' } }), headers, 200)
    expect(Object.fromEntries(headers)).toEqual({ 'x-up': 'u', a: 'y', b: 'u', c: '200' })
  })

  it('change the answer that an error becomes', () => {
    const error = new MeshError('ERR_MESH_OVERFLOW', 'x', { headers: { 'x-envoy-overloaded': 'true', a: '1' } })
    headerPlan({ route: { response: { add: { b: '2' }, remove: ['a'] } } }, clock)?.onError(call(), error)
    expect(error.headers).toEqual({ 'x-envoy-overloaded': 'true', b: '2' })
  })

  it('of an error whose answer has no body say nothing of its kind', () => {
    const error = new MeshError('ERR_MESH_NO_CLUSTER', 'x', { body: '' })
    headerPlan({ route: { response: { set: { 'Content-Type': 'text/x', b: '2' } } } }, clock)?.onError(call(), error)
    expect(error.headers).toEqual({ b: '2' })
  })

  it('write values without the blanks around them, which the wire does not keep', () => {
    const headers = new HeaderMap()
    headerPlan({ route: { response: { set: { a: ' 50%% %REQ(x)%', b: '%REQ(x)% ' } } } }, clock)?.onAnswer(
      call(),
      headers,
      200,
    )
    expect(Object.fromEntries(headers)).toEqual({ a: '50%', b: '' })
  })

  it('are told by name, never by value', () => {
    const levels = {
      route: { request: { set: { a: 'secret' }, add: { b: '2' }, remove: ['c'] }, response: { remove: ['d'] } },
    }
    expect(headerPlan(levels, clock)?.describe()).toEqual({
      request: ['remove c', 'set a', 'add b'],
      response: ['remove d'],
    })
  })

  it('that do nothing are no plan', () => {
    expect(headerPlan({}, clock)).toBeUndefined()
    expect(headerPlan({ route: { request: {}, response: { set: { a: '' } } } }, clock)).toBeUndefined()
  })
})
