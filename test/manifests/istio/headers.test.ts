import { describe, expect, it } from 'vitest'
import { problems, problemsOf, route, routes } from './rule.js'

const single = (headers: string): string => `route: [{ destination: { host: reviews }, headers: ${headers} }]`

describe('headers of a rule', () => {
  it('change calls and replies, names in order', async () => {
    const headers =
      'headers: { request: { set: { b: "1", a: "%REQ(x)%" }, remove: [c] }, response: { add: { d: "100%%" } } }'
    const native = (await route(headers))?.headers
    expect(native).toEqual({
      request: { set: { a: '%REQ(x)%', b: '1' }, remove: ['c'] },
      response: { add: { d: '100%%' } },
    })
    expect(Object.keys(native?.request?.set ?? {})).toEqual(['a', 'b'])
  })

  it('that change nothing are none', async () => {
    expect((await route('headers: { request: {}, response: {} }'))?.headers).toBeUndefined()
  })

  it.each(['Host', 'host', ':authority'])('that set %s rewrite the authority', async (name) => {
    const native = await route(`headers: { request: { set: { "${name}": a.b, c: d } } }`)
    expect(native?.rewrite).toEqual({ authority: 'a.b' })
    expect(native?.headers).toEqual({ request: { set: { c: 'd' } } })
  })

  it.each([
    ['request: { set: { "": a } }', 'request.set'],
    ['request: { add: { ":path": a } }', 'request.add'],
    ['request: { remove: [host] }', 'request.remove'],
    ['request: { remove: [""] }', 'request.remove'],
    ['response: { set: { Host: a } }', 'response.set'],
    ['response: { add: { ":status": "200" } }', 'response.add'],
    ['request: { set: { a: "abc%def" } }', 'request.set'],
    ['request: { set: { a: "%START_TIME%%" } }', 'request.set'],
    ['request: { set: { a: "%NO_SUCH_COMMAND%" } }', 'request.set'],
    ['response: { add: { a: "%REQ%" } }', 'response.add'],
    ['request: { set: { a: "b\\nc" } }', 'request.set'],
    ['request: { set: { a: "\\u2713" } }', 'request.set'],
    ['request: { set: { "x y": a } }', 'request.set'],
    ['request: { set: { host: "a b" } }', 'request.set'],
    ['response: { remove: ["x y"] }', 'response.remove'],
  ])('{ %s } is an error', async (headers, path) => {
    expect(await problemsOf(`headers: { ${headers} }`)).toEqual([`error invalid-value headers.${path}`])
    expect(await problems(single(`{ ${headers} }`))).toEqual([`error invalid-value route[0].headers.${path}`])
  })

  it.each([
    'headers: { request: { set: { ":authority": a }, add: { host: b } } }',
    'headers: { request: { set: { ":authority": a } } }\n      rewrite: { authority: b }',
  ])('and its rewrite set the authority once: %s', async (rule) => {
    expect(await problemsOf(rule)).toEqual(['error invalid-value headers'])
  })
})

describe('headers of a single destination', () => {
  it('are those of the route', async () => {
    const [native] = await routes(`    - ${single('{ request: { set: { a: b } } }')}\n`)
    expect(native).toMatchObject({ headers: { request: { set: { a: 'b' } } } })
    expect(native?.to).toBeUndefined()
  })

  it('come after those of the rule, but for what is removed', async () => {
    const rule = 'headers: { request: { set: { a: rule }, add: { b: rule } }, response: { remove: [c] } }'
    const own = single('{ request: { add: { b: own }, remove: [a] }, response: { set: { c: own } } }')
    const [native] = await routes(`    - ${rule}\n      ${own}\n`)
    expect(native?.to).toEqual([
      {
        headers: {
          request: { set: { a: 'rule' }, add: { b: 'rule' }, remove: ['a'] },
          response: { remove: ['c'] },
        },
      },
    ])
    expect(native?.headers).toEqual({ request: { add: { b: 'own' } }, response: { set: { c: 'own' } } })
  })

  it('rewrite the authority, unless the rule does', async () => {
    const own = single('{ request: { set: { host: own } } }')
    expect((await routes(`    - ${own}\n`))[0]?.rewrite).toEqual({ authority: 'own' })
    const rule = `    - headers: { request: { add: { host: rule } } }\n      ${own}\n`
    expect((await routes(rule))[0]?.rewrite).toEqual({ authority: 'rule' })
  })
})

describe('headers of one of several destinations', () => {
  it('stay with it, its authority too', async () => {
    const own = '{ request: { set: { host: "own%" }, remove: [a] } }'
    const all = `route: [{ destination: { host: reviews }, weight: 1, headers: ${own} }, { destination: { host: b }, weight: 1 }]`
    const [native] = await routes(
      `    - headers: { request: { set: { c: d } } }\n      ${all.replace('own%', 'own')}\n`,
    )
    expect(native?.to).toEqual([
      { weight: 1, headers: { request: { set: { host: 'own' }, remove: ['a'] } } },
      { service: 'b', weight: 1 },
    ])
    expect(native?.headers).toEqual({ request: { set: { c: 'd' } } })
    expect(native?.rewrite).toBeUndefined()
  })
})
