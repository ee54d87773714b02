import { describe, expect, it } from 'vitest'
import { load, meshRoute } from './route-text.js'

const entry = (name: string, matches: string): string =>
  `    - name: ${name}\n      matches: [${matches}]\n      backendRefs: [{ name: v1, port: 8080 }]\n`

async function order(...documents: string[]): Promise<(string | undefined)[]> {
  const config = await load(documents)
  return (config.services?.echo?.routes ?? []).map(({ name }) => name)
}

/** The winner stands last in the manifest, so that order alone does not make it win. */
const pairs: readonly (readonly [string, winner: string, loser: string])[] = [
  ['an exact path comes before a longer prefix', '{ path: { type: Exact, value: /a } }', '{ path: { value: /a/b/c } }'],
  [
    'an exact path comes before a longer pattern',
    '{ path: { type: Exact, value: /a } }',
    '{ path: { type: RegularExpression, value: "/a/b/c" } }',
  ],
  [
    'a prefix comes before a longer pattern',
    '{ path: { value: /a } }',
    '{ path: { type: RegularExpression, value: "/a/.*" } }',
  ],
  ['a longer prefix comes first', '{ path: { value: /a/b } }', '{ path: { value: /a } }'],
  ['a trailing slash makes no prefix longer', '{ path: { value: /a }, method: GET }', '{ path: { value: /a/ } }'],
  ['a longer prefix comes before a method', '{ path: { value: /a/b } }', '{ path: { value: /a }, method: GET }'],
  ['a method comes before headers', '{ method: GET }', '{ headers: [{ name: a, value: b }, { name: c, value: d }] }'],
  [
    'more headers come first',
    '{ headers: [{ name: a, value: b }, { name: c, value: d }] }',
    '{ headers: [{ name: a, value: b }] }',
  ],
  [
    'headers come before query parameters',
    '{ headers: [{ name: a, value: b }] }',
    '{ queryParams: [{ name: a, value: b }, { name: c, value: d }] }',
  ],
  [
    'more query parameters come first',
    '{ queryParams: [{ name: a, value: b }, { name: c, value: d }] }',
    '{ queryParams: [{ name: a, value: b }] }',
  ],
  [
    'a repeated header counts once',
    '{ headers: [{ name: a, value: b }], queryParams: [{ name: q, value: v }] }',
    '{ headers: [{ name: a, value: b }, { name: A, value: c }] }',
  ],
]

describe('precedence', () => {
  it.each(pairs)('%s', async (_, winner, loser) => {
    expect(await order(meshRoute('r', entry('loser', loser) + entry('winner', winner)))).toEqual(['winner', 'loser'])
  })

  it.each(pairs)('across routes: %s', async (_, winner, loser) => {
    const routes = [meshRoute('a', entry('loser', loser)), meshRoute('b', entry('winner', winner))]
    expect(await order(...routes)).toEqual(['winner', 'loser'])
  })

  it('of equals goes to the oldest route, then by namespace and name', async () => {
    const made = (time: string): string => `, creationTimestamp: "${time}"`
    const all = [
      meshRoute('d', entry('d', '{}'), made('2026-01-02T00:00:00Z')),
      meshRoute('c', entry('c', '{}'), made('2026-01-02T00:00:00Z')),
      meshRoute('b', entry('b', '{}'), made('2026-01-01T00:00:00Z')),
    ]
    expect(await order(...all)).toEqual(['b', 'c', 'd'])
  })

  it('of equals in one route goes by the order of rules, then of matches', async () => {
    const rules =
      entry('one', '{ headers: [{ name: a, value: b }] }, {}') + entry('two', '{ headers: [{ name: c, value: d }] }')
    expect(await order(meshRoute('r', rules))).toEqual(['one', 'two', 'one'])
  })
})
