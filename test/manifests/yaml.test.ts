import { describe, expect, it } from 'vitest'
import { Reporter } from '../../src/manifests/diagnostics.js'
import type { ManifestValue } from '../../src/manifests/document.js'
import { maxFileLength, parseDocuments } from '../../src/manifests/yaml.js'

async function parse(text: string, name = 'm.yaml'): Promise<{ values: ManifestValue[]; problems: string[] }> {
  const report = new Reporter()
  const values = await parseDocuments(name, text, report)
  const problems = report.sorted([]).map(({ line, column, code }) => `${line}:${column} ${code}`)
  return { values, problems }
}

/** The plain value behind a parsed one. */
function plain(value: ManifestValue | undefined): unknown {
  if (value === undefined || value.kind === 'scalar') return value?.value
  if (value.kind === 'list') return value.items.map(plain)
  return Object.fromEntries([...value.entries].map(([key, entry]) => [key, plain(entry.value)]))
}

const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${'bcdefghi'
  .split('')
  .map((name, i) => `${name}: &${name} [${`*${'abcdefgh'[i]}, `.repeat(8)}*${'abcdefgh'[i]}]\n`)
  .join('')}`

/** Rows of the bad-input matrix for configuration: what each is, and where it is found. */
const refused: readonly (readonly [string, string, readonly string[]])[] = [
  ['C01 an alias bomb', bomb, []],
  ['C02 an anchor within itself', 'a: &a [*a]\n', ['1:8 yaml-alias']],
  ['C03 5,000 flow levels', '['.repeat(5_000), ['1:51 too-deep']],
  ['C03 5,000 block levels in a line', `${'- '.repeat(5_000)}x`, ['1:101 too-deep']],
  ['C03 60 block levels', Array.from({ length: 60 }, (_, i) => `${' '.repeat(i)}a:\n`).join(''), ['51:1 too-deep']],
  ['C04 a duplicate key', 'a: 1\nb: 2\na: 3\n', ['3:1 yaml-duplicate-key']],
  ['C05 __proto__', 'a: 1\n__proto__: { admin: true }\n', ['2:1 yaml-key']],
  ['C05 constructor.prototype', 'constructor: { prototype: 1 }\n', ['1:1 yaml-key']],
  ['C05 a merge key', 'a: { <<: { b: 1 } }\n', ['1:6 yaml-key']],
  ['C06 a JavaScript tag', 'a: !!js/function "x"\n', ['1:4 yaml-tag']],
  ['C06 a Python tag', 'a: !!python/object:os.system [x]\n', []],
  ['C06 binary', 'a: !!binary aGk=\n', ['1:4 yaml-tag']],
  ['C08 an empty file', '', ['1:1 empty-file']],
  ['C08 white space', ' \n\n', ['1:1 empty-file']],
  ['C08 null', 'null\n', ['1:1 empty-file']],
  ['C09 an indent of tabs', 'a:\n\tb: 1\n', ['2:1 yaml-syntax']],
  ['C09 a bare CR', 'a: 1\nb: 2\rc: 3\n', ['2:5 yaml-syntax']],
  ['C09 a control character', 'a: "\u0001"\n', ['1:5 yaml-syntax']],
  ['C09 NUL', 'a: 1\n\u0000', ['2:1 yaml-syntax']],
  ['C09 YAML 3.0', '%YAML 3.0\n---\na: 1\n', []],
  ['C09 YAML 1.1, where no is false', '%YAML 1.1\n---\na: no\n', []],
  ['C10 a number as key', '1: a\n', ['1:1 yaml-key']],
  ['C10 a list as key', '? [a]\n: b\n', ['1:3 yaml-key']],
  ['C10 null as key', '~: a\n', ['1:1 yaml-key']],
  ['C12 .nan', 'a: .nan\n', ['1:4 invalid-value']],
  ['C12 -.inf', 'a: -.inf\n', ['1:4 invalid-value']],
  ['C12 1e999', 'a: 1e999\n', ['1:4 invalid-value']],
  ['C23 a file of more than eight megabytes', 'x'.repeat(maxFileLength + 1), ['1:1 too-large']],
  ['an unclosed quote', 'a: "b\n', []],
]

describe('parseDocuments', () => {
  it.each(refused)('refuses %s', async (_, text, expected) => {
    const { problems } = await parse(text)
    if (expected.length > 0) expect(problems).toEqual(expected)
    expect(problems).not.toEqual([])
  })

  it('C01, C03 refuses bombs without much ado', async () => {
    await parse('a: 1\n')
    for (const text of [bomb, '['.repeat(500_000), '- '.repeat(500_000), '{a: '.repeat(200_000)]) {
      const start = performance.now()
      await parse(text)
      expect(performance.now() - start).toBeLessThan(500)
    }
  })

  it('C05 pollutes nothing', async () => {
    await parse('__proto__: { polluted: true }\na: { __proto__: { polluted: true } }\n')
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })

  it('C07 reads several documents, and skips empty ones between them', async () => {
    const { values, problems } = await parse('---\n# a comment\n---\na: 1\n---\nb: 2\n---\n')
    expect(values.map(plain)).toEqual([{ a: 1 }, { b: 2 }])
    expect(problems).toEqual([])
  })

  it('C11 converts nothing that YAML 1.2 does not', async () => {
    const { values } = await parse('a: no\nb: 0777\nc: 12:30:45\nd: 2001-01-01\ne: ~\nf: "1"\ng: true\n')
    const expected = { a: 'no', b: 777, c: '12:30:45', d: '2001-01-01', e: null, f: '1', g: true }
    expect(values.map(plain)).toEqual([expected])
  })

  it.each([
    ['a trailing comma', '{"a": [1,]}'],
    ['NaN', '{"a": NaN}'],
    ['a byte order mark', '\ufeff{}'],
    ['a comment', '{} // x'],
    ['YAML', 'a: 1'],
  ])('C27 refuses %s in a .json file', async (_, text) => {
    const { values, problems } = await parse(text, 'm.json')
    expect(problems).toContain('1:1 yaml-syntax')
    expect(values).toEqual([])
  })

  it('reads a .json file that is JSON', async () => {
    const { values, problems } = await parse('{"a": [1, "b", null, {"c": true}]}', 'm.json')
    expect(values.map(plain)).toEqual([{ a: [1, 'b', null, { c: true }] }])
    expect(problems).toEqual([])
  })

  it('C30 takes odd strings as they are', async () => {
    for (const odd of [
      '\u200b',
      'ﬃ',
      '𝟘',
      '../../etc/passwd',
      '<script>',
      "'; DROP TABLE",
      '%n%s',
      'nil',
      '-',
      '`$(x)`',
    ]) {
      const { values, problems } = await parse(JSON.stringify({ [odd]: odd }))
      expect(values.map(plain)).toEqual([{ [odd]: odd }])
      expect(problems).toEqual([])
    }
  })

  it('reads anchors that nobody refers to, block scalars and comments with brackets', async () => {
    const { values, problems } = await parse(`a: &x 1\nb: |\n  ${'['.repeat(99)}\n# ${'{'.repeat(99)}\n`)
    expect(values.map(plain)).toEqual([{ a: 1, b: `${'['.repeat(99)}\n` }])
    expect(problems).toEqual([])
  })

  it('knows where every value stands, in every document', async () => {
    const { values } = await parse('a: 1\n---\nb:\n  - c: x\n    "d.e": [y]\n')
    const places: string[] = []
    const walk = (value: ManifestValue): void => {
      places.push(`${value.at.line}:${value.at.column} ${value.at.path}`)
      if (value.kind === 'list') value.items.forEach(walk)
      if (value.kind === 'map') for (const entry of value.entries.values()) walk(entry.value)
    }
    values.slice(1).forEach(walk)
    expect(places).toEqual(['3:1 ', '4:3 b', '4:5 b[0]', '4:8 b[0].c', '5:12 b[0]["d.e"]', '5:13 b[0]["d.e"][0]'])
  })

  it('C23 reads a megabyte without holding the event loop for long', async () => {
    const text = Array.from({ length: 4_000 }, (_, i) => `---\nkind: Service\nmetadata: { name: s${i} }\n`).join('')
    let turns = 0
    const timer = setInterval(() => turns++, 1)
    const { values } = await parse(text)
    clearInterval(timer)
    expect(values).toHaveLength(4_000)
    expect(turns).toBeGreaterThan(2)
  })
})
