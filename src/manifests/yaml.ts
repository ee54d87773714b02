import type { Document, LineCounter, ParsedNode, YAMLError } from 'yaml'
import type { DiagnosticCode, Place, Reporter } from './diagnostics.js'
import { childPath, type ManifestEntry, type ManifestMap, type ManifestValue } from './document.js'
import { maxDepth, NestingMeter } from './nesting.js'

/** Longest manifest file, characters; Kubernetes itself stores at most 1.5 MB an object. */
export const maxFileLength: number = 8 * 1024 * 1024

/** Longest time that parsing holds the event loop, ms. */
const sliceMs = 10

const prototypeKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])
const knownTags = /^tag:yaml\.org,2002:(?:str|map|seq|int|float|bool|null)$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is what it is for
const notText = /\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]/

/** Lexemes that stand for no character of the text. */
const markers: ReadonlySet<string> = new Set(['\u0002', '\u0018', '\u001f'])

const codeOf: Readonly<Record<string, DiagnosticCode>> = {
  DUPLICATE_KEY: 'yaml-duplicate-key',
  TAG_RESOLVE_FAILED: 'yaml-tag',
  BAD_ALIAS: 'yaml-alias',
}

/** Turns YAML's nodes into ours; every construct that reads differently elsewhere is reported and left out. */
class Converter {
  readonly #yaml: typeof import('yaml')
  readonly #file: string
  readonly #lines: LineCounter
  readonly #report: Reporter

  constructor(yaml: typeof import('yaml'), file: string, lines: LineCounter, report: Reporter) {
    this.#yaml = yaml
    this.#file = file
    this.#lines = lines
    this.#report = report
  }

  place(offset: number, path: string): Place {
    const { line, col } = this.#lines.linePos(offset)
    return { file: this.#file, line: Math.max(1, line), column: Math.max(1, col), path }
  }

  /** The root of a document; undefined when it is empty or broken. */
  document(document: Document.Parsed): ManifestValue | undefined {
    const problems: readonly YAMLError[] = [...document.errors, ...document.warnings]
    for (const problem of problems)
      this.#report.error(this.place(problem.pos[0], ''), codeOf[problem.code] ?? 'yaml-syntax', `${problem.message}.`)
    if (document.directives.yaml.version !== '1.2')
      this.#report.error(this.place(document.range[0], ''), 'yaml-syntax', 'Only YAML 1.2 is read.')
    if (problems.length > 0 || document.contents === null) return undefined
    return this.#value(document.contents, '', 0)
  }

  #value(node: ParsedNode | null, path: string, depth: number, fallback = 0): ManifestValue | undefined {
    const { isAlias, isMap, isScalar, isSeq } = this.#yaml
    if (node === null) return { kind: 'scalar', at: this.place(fallback, path), value: null }
    const at = this.place(node.range[0], path)
    if (depth > maxDepth) return this.#refuse(at, 'too-deep', `A manifest nests at most ${maxDepth} levels.`)
    if (isAlias(node)) return this.#refuse(at, 'yaml-alias', 'Aliases are off: write the value out where it is needed.')
    if (node.tag !== undefined && !knownTags.test(node.tag))
      return this.#refuse(at, 'yaml-tag', 'Tags have no meaning in a manifest.')
    if (isSeq(node)) {
      const items = node.items.map((item, i) => this.#value(item, `${path}[${i}]`, depth + 1, node.range[0]))
      return { kind: 'list', at, items: items.filter((item) => item !== undefined) }
    }
    if (isMap(node)) return this.#map(node.items, at, depth)
    return isScalar(node) ? this.#scalar(node.value, at) : undefined
  }

  #map(
    items: readonly { readonly key: ParsedNode; readonly value: ParsedNode | null }[],
    at: Place,
    depth: number,
  ): ManifestMap {
    const entries = new Map<string, ManifestEntry>()
    for (const { key, value } of items) {
      const keyAt = this.place(key.range[0], at.path)
      if (!this.#yaml.isScalar(key) || typeof key.value !== 'string')
        this.#report.error(keyAt, 'yaml-key', 'A key must be a string; quote it.')
      else if (prototypeKeys.has(key.value) || key.value === '<<')
        this.#report.error(keyAt, 'yaml-key', `"${key.value}" is not allowed as a key.`)
      else {
        const path = childPath(at.path, key.value)
        const child = this.#value(value, path, depth + 1, key.range[0])
        if (child !== undefined) entries.set(key.value, { at: { ...keyAt, path }, value: child })
      }
    }
    return { kind: 'map', at, entries }
  }

  #scalar(value: unknown, at: Place): ManifestValue | undefined {
    if (typeof value === 'number' && !Number.isFinite(value))
      return this.#refuse(at, 'invalid-value', 'A number must be finite.')
    if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      return { kind: 'scalar', at, value }
    return this.#refuse(at, 'wrong-type', 'A value must be a string, a number, a boolean, a list or a mapping.')
  }

  #refuse(at: Place, code: DiagnosticCode, message: string): undefined {
    this.#report.error(at, code, message)
  }
}

function isJson(text: string, at: Place, report: Reporter): boolean {
  try {
    JSON.parse(text)
    return true
  } catch (error) {
    report.error(at, 'yaml-syntax', `This is no JSON: ${error instanceof Error ? error.message : 'it does not parse'}.`)
    return false
  }
}

/**
 * Reads the documents of one file. YAML 1.2 only, without aliases, merge keys, tags, non-string or prototype keys;
 * bounded in size, depth and the time it holds the event loop. JSON is YAML; a `.json` file must be JSON.
 */
export async function parseDocuments(file: string, text: string, report: Reporter): Promise<ManifestValue[]> {
  const start: Place = { file, line: 1, column: 1, path: '' }
  if (text.length > maxFileLength) {
    report.error(start, 'too-large', `A manifest file has at most ${maxFileLength} characters; split it.`)
    return []
  }
  const before = report.count
  const yaml = await import('yaml')
  const lines = new yaml.LineCounter()
  lines.addNewLine(0)
  const converter = new Converter(yaml, file, lines, report)
  const odd = notText.exec(text)
  if (odd !== null) {
    for (let i = text.indexOf('\n'); i !== -1 && i < odd.index; i = text.indexOf('\n', i + 1)) lines.addNewLine(i + 1)
    const what = 'A manifest has no control characters, and its lines end in LF or CRLF.'
    report.error(converter.place(odd.index, ''), 'yaml-syntax', what)
    return []
  }
  const parser = new yaml.Parser(lines.addNewLine)
  const composer = new yaml.Composer<ParsedNode, true>({
    version: '1.2',
    schema: 'core',
    strict: true,
    uniqueKeys: true,
    merge: false,
    resolveKnownTags: false,
    prettyErrors: false,
    logLevel: 'silent',
  })
  const meter = new NestingMeter()
  const values: ManifestValue[] = []
  const keep = (documents: Iterable<Document.Parsed>): void => {
    for (const document of documents) {
      const value = converter.document(document)
      if (value !== undefined && !(value.kind === 'scalar' && value.value === null)) values.push(value)
    }
  }
  let offset = 0
  let pausedAt = performance.now()
  for (const lexeme of new yaml.Lexer().lex(text)) {
    if (meter.exceeds(lexeme)) {
      report.error(converter.place(offset, ''), 'too-deep', `A manifest nests at most ${maxDepth} levels.`)
      return values
    }
    if (!markers.has(lexeme)) offset += lexeme.length
    for (const token of parser.next(lexeme)) keep(composer.next(token))
    if (performance.now() - pausedAt > sliceMs) {
      await new Promise<void>((resolve) => setImmediate(resolve))
      pausedAt = performance.now()
    }
  }
  if (file.endsWith('.json') && !isJson(text, start, report)) return []
  for (const token of parser.end()) keep(composer.next(token))
  keep(composer.end(false, text.length))
  // Nothing at all is more likely an accident than a wish to allow everything.
  if (values.length === 0 && report.count === before) report.error(start, 'empty-file', 'There is nothing in it.')
  return values
}
