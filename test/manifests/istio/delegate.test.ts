import { describe, expect, it } from 'vitest'
import type { ServiceRoute } from '../../../src/config/service.js'
import type { LoadedConfig } from '../../../src/manifests/index.js'
import { found, loadText, manifest, reviews } from '../load-text.js'

function vs(name: string, spec: string, metadata = ''): string {
  return `${manifest('networking.istio.io/v1', 'VirtualService', name, `${metadata}spec:\n${spec}`)}---\n`
}

function load(root: string, leaf: string, options: { metadata?: string; head?: string } = {}): Promise<LoadedConfig> {
  const { metadata = '', head = '' } = options
  const first = vs('root', `  hosts: [reviews]\n  http:\n    - ${root}\n`)
  return loadText(first + vs('leaf', `${head}  http:\n    - ${leaf}\n`, metadata), { endpoints: reviews })
}

async function routes(root: string, leaf: string): Promise<readonly ServiceRoute[]> {
  const config = await load(root, leaf)
  expect(config.diagnostics.filter((one) => one.severity === 'error')).toEqual([])
  return config.services?.reviews?.routes ?? []
}

const answer = 'directResponse: { status: 418 }'
const delegate = 'delegate: { name: leaf }'
const rule = (match: string, action: string): string => `match: [${match}]\n      ${action}`

describe('a delegate', () => {
  it('stands in the place of the rule that names it', async () => {
    const [route] = await routes(rule('{ uri: { prefix: /a } }', delegate), answer)
    expect(route).toMatchObject({ match: [{ path: { prefix: '/a' } }], directResponse: { status: 418 } })
    expect(route?.origin).toEqual({ file: 'm.yaml', line: 17 })
  })

  it.each<[string, string, string, unknown]>([
    ['takes the narrower path', '{ uri: { prefix: /a } }', '{ uri: { prefix: /a/b } }', [{ path: { prefix: '/a/b' } }]],
    ['takes an exact path', '{ uri: { prefix: /a } }', '{ uri: { exact: /a/b } }', [{ path: { exact: '/a/b' } }]],
    [
      'adds its conditions',
      '{ uri: { prefix: /a } }',
      '{ method: { exact: PUT } }',
      [{ path: { prefix: '/a' }, method: { exact: 'PUT' } }],
    ],
    [
      'may have a regex where the root has nothing',
      '{ method: { exact: PUT } }',
      '{ uri: { regex: /a.* } }',
      [{ path: { regex: '/a.*' }, method: { exact: 'PUT' } }],
    ],
    [
      'is combined with every block of the root that it fits',
      '{ headers: { a: { exact: "1" } } }, { headers: { b: { exact: "1" } } }',
      '{ headers: { b: { exact: "1" } } }',
      [{ headers: { a: { exact: '1' }, b: { exact: '1' } } }, { headers: { b: { exact: '1' } } }],
    ],
    ["without conditions has the root's", '{ port: 80, method: { exact: PUT } }', '', [{ method: { exact: 'PUT' } }]],
  ])('%s', async (_, root, leaf, match) => {
    const [route] = await routes(rule(root, delegate), leaf === '' ? answer : rule(leaf, answer))
    expect(route?.match).toEqual(match)
  })

  it.each([
    ['a path outside', '{ uri: { prefix: /a } }', '{ uri: { prefix: /b } }'],
    ['a wider path', '{ uri: { prefix: /a/b } }', '{ uri: { prefix: /a } }'],
    ['a prefix under an exact path', '{ uri: { exact: /a } }', '{ uri: { prefix: /a } }'],
    ['a regex on both sides', '{ uri: { regex: /a } }', '{ uri: { regex: /a } }'],
    ['a regex against a prefix', '{ uri: { prefix: /a } }', '{ uri: { regex: /a.* } }'],
    ['another value of a header', '{ headers: { a: { exact: "1" } } }', '{ headers: { a: { exact: "2" } } }'],
    [
      'another value of a parameter',
      '{ queryParams: { a: { exact: "1" } } }',
      '{ queryParams: { a: { exact: "2" } } }',
    ],
    ['another case of paths', '{ uri: { prefix: /a } }', '{ uri: { prefix: /a }, ignoreUriCase: true }'],
    ['another port', '{ port: 80 }', '{ port: 81 }'],
    ['no namespace of the source', '{ sourceNamespace: a }', '{ method: { exact: PUT } }'],
    ['another label of the source', '{ sourceLabels: { a: b } }', '{ sourceLabels: { a: c } }'],
    ['a gateway that the root has not', '{ gateways: [mesh] }', '{ gateways: [mesh, edge] }'],
    ['one block outside', '{ uri: { prefix: /a } }', '{ uri: { prefix: /a/b } }, { uri: { prefix: /b } }'],
  ])('whose conditions have %s is dropped, with a line', async (_, root, leaf) => {
    const config = await load(rule(root, delegate), rule(leaf, answer))
    expect(config.services?.reviews?.routes).toBeUndefined()
    expect(found(config)).toContainEqual(expect.stringMatching(/ warning shadowed spec\.http\[0\]$/))
  })

  it('says what the root does not, and the root what it does not', async () => {
    const root = `name: r\n      timeout: 1s\n      rewrite: { uri: /r }\n      headers: { request: { remove: [a] } }\n      ${delegate}`
    const leaf = 'name: l\n      rewrite: { uri: /l }\n      route: [{ destination: { host: reviews } }]'
    const [route] = await routes(root, leaf)
    expect(route).toMatchObject({
      name: 'r-l',
      timeout: 1_000,
      rewrite: { matched: '/l' },
      headers: { request: { remove: ['a'] } },
    })
  })

  it('joins names of blocks', async () => {
    const root = rule('{ name: r, uri: { prefix: /a } }', delegate)
    const [route] = await routes(root, rule('{ name: l, method: { exact: PUT } }', answer))
    expect(route?.name).toBe('.r-l')
  })

  it('of another namespace resolves its own short names', async () => {
    const leaf = 'route: [{ destination: { host: ratings } }]'
    const config = await load('delegate: { name: leaf, namespace: other }', leaf, { metadata: '  namespace: other\n' })
    expect(config.services?.reviews?.routes?.[0]?.to).toEqual([{ service: 'ratings.other' }])
  })

  it('that is not there, or not exported, takes its rule away', async () => {
    const missing = await load('delegate: { name: nobody }', answer)
    expect(missing.services?.reviews?.routes).toBeUndefined()
    expect(found(missing)).toContain('m.yaml:8:19 warning missing-delegate spec.http[0].delegate.name')
    const hidden = await load('delegate: { name: leaf, namespace: other }', answer, {
      metadata: '  namespace: other\n',
      head: '  exportTo: ["."]\n',
    })
    expect(hidden.services?.reviews?.routes).toBeUndefined()
  })

  it('that no rule names says so', async () => {
    const config = await load(answer, answer)
    expect(found(config)).toEqual(['m.yaml:13:3 warning unused-delegate metadata.name'])
  })

  it.each([
    ['gateways', '  gateways: [mesh]\n', answer, 'error invalid-value spec.gateways'],
    ['a delegate of its own', '', 'delegate: { name: other }', 'error invalid-value spec.http[0].delegate'],
    ['TCP rules', '  tcp: [{ route: [{ destination: { host: a } }] }]\n', answer, 'error invalid-value spec.tcp'],
  ])('with %s is an error', async (_, head, leaf, problem) => {
    const lines = found(await load(delegate, leaf, { head })).map((line) => line.replace(/^\S+ /, ''))
    expect(lines).toContain(problem)
  })
})
