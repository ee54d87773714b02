import { describe, expect, it } from 'vitest'
import type { StringMatch } from '../../src/core/string-match.js'
import { expectNothingLeaks, meshTo, serving } from '../faults/scaffold.js'

expectNothingLeaks()

/** Whether a call with these headers takes the route that asks for `x-user`, or for `cookie`. */
async function matches(name: string, match: StringMatch, values: readonly string[]): Promise<boolean> {
  const mesh = meshTo([await serving()], {
    routes: [{ match: [{ headers: { [name]: match } }], directResponse: { status: 299 } }, {}],
  })
  const reply = await mesh.request({ service: 'api', headers: { [name]: values } })
  await reply.body.text()
  return reply.status === 299
}

// Envoy 1.40 does not join the values by a comma before it compares them.
describe('a header that is sent several times', () => {
  it.each<[StringMatch, readonly string[], boolean]>([
    ['gold', ['silver', 'gold'], true],
    ['gold', ['silver', 'copper'], false],
    ['silver,gold', ['silver', 'gold'], false],
    [{ prefix: 'go' }, ['silver', 'gold'], true],
    [{ regex: 'g.*' }, ['silver', 'gold'], true],
    [{ exact: 'gold', not: true }, ['silver', 'gold'], false],
    [{ exact: 'gold', not: true }, ['silver', 'copper'], true],
    [{ present: true }, ['', 'gold'], true],
  ])('%j against %j: %s', async (match, values, expected) => {
    expect(await matches('x-tier', match, values)).toBe(expected)
  })

  it('is one text joined by "; " when it is the cookie', async () => {
    expect(await matches('cookie', 'a=1; b=2', ['a=1', 'b=2'])).toBe(true)
    expect(await matches('cookie', 'b=2', ['a=1', 'b=2'])).toBe(false)
  })
})
