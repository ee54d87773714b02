import { readdirSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { findCycles } from './cycles.js'
import { floors, packages, unitOf } from './floors.js'
import { type Import, readSourceFile, type SourceFile } from './source-file.js'

/** The rules, by the name under which a violation is reported. */
export type Rule =
  | 'floors'
  | 'siblings'
  | 'cycle'
  | 'one importer'
  | 'load on first use'
  | 'file length'
  | 'doc comment'
  | 'assigned function'

/** One break of one rule. */
export interface Violation {
  readonly rule: Rule
  readonly file: string
  readonly line: number
  readonly message: string
}

const maxLines = 300

/** Reads every `.ts` file below `root` and lists what breaks the rules, in the order of the files. */
export function checkArchitecture(root: string): Violation[] {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.ts'))
    .sort()
    .map((path) => readSourceFile(root, path))
  return [...files.flatMap(checkFile), ...fileCycles(files), ...subfolderCycles(files)]
}

/** `src/client/ring.ts:3 floors: …`, one line. */
export function formatViolation({ file, line, rule, message }: Violation): string {
  return `src/${file}:${line} ${rule}: ${message}`
}

function checkFile(file: SourceFile): Violation[] {
  const found: Violation[] = []
  const report = (rule: Rule, line: number, message: string): void => {
    found.push({ rule, file: file.path, line, message })
  }
  const unit = unitOf(file.path)
  if (unit === undefined) report('floors', 1, 'stands on no floor of test/architecture/floors.ts')
  for (const used of file.imports) {
    if (used.target !== undefined) {
      const problem = unit === undefined ? undefined : floorProblem(unit, used.target)
      if (problem !== undefined) report(problem.rule, used.line, problem.message)
    } else if (!isBuiltin(used.specifier)) {
      for (const problem of packageProblems(file.path, used)) report(problem.rule, used.line, problem.message)
    }
  }
  if (file.lines > maxLines)
    report('file length', maxLines + 1, `${file.lines} lines; split it by concept (at most ${maxLines})`)
  for (const { name, line } of file.undocumented) report('doc comment', line, `the export "${name}" has none`)
  for (const { name, line } of file.assigned)
    report('assigned function', line, `"${name}" is given one: name it first, or keep what it holds`)
  return found
}

interface Problem {
  readonly rule: Rule
  readonly message: string
}

function floorProblem(unit: string, target: string): Problem | undefined {
  const other = unitOf(target)
  if (other === unit) return undefined
  const own = floors.get(unit) ?? 0
  const theirs = other === undefined ? undefined : floors.get(other)
  if (theirs === undefined) return { rule: 'floors', message: `imports ${target}, which stands on no floor` }
  if (theirs === own)
    return { rule: 'siblings', message: `${unit} and ${other} are both on floor ${own}; neither imports the other` }
  if (theirs > own) return { rule: 'floors', message: `${unit} (floor ${own}) imports ${other} (floor ${theirs})` }
  return undefined
}

function packageProblems(path: string, { specifier, load }: Import): Problem[] {
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  const rule = Object.hasOwn(packages, name) ? packages[name] : undefined
  if (rule === undefined)
    return [{ rule: 'one importer', message: `the package ${name} has no place in test/architecture/floors.ts` }]
  const problems: Problem[] = []
  const within = rule.importers.some((place) => path === `${place}.ts` || path.startsWith(`${place}/`))
  if (!within)
    problems.push({ rule: 'one importer', message: `only ${rule.importers.join(' and ')} may import ${name}` })
  if (rule.load === 'lazy' && load === 'value') {
    problems.push({
      rule: 'load on first use',
      message: `${name} is loaded by import() or imported for its types only`,
    })
  }
  if (rule.load === 'types' && load !== 'type') {
    problems.push({ rule: 'load on first use', message: `${name} is an optional peer: import type only` })
  }
  return problems
}

function fileCycles(files: readonly SourceFile[]): Violation[] {
  const graph = new Map(files.map((file) => [file.path, new Set(file.imports.flatMap(({ target }) => target ?? []))]))
  return findCycles(graph).map((walk) => {
    const file = walk[0] ?? ''
    const line = files.find(({ path }) => path === file)?.imports.find(({ target }) => target === walk[1])?.line ?? 1
    return { rule: 'cycle', file, line, message: walk.join(' -> ') }
  })
}

/** Subfolders of one folder may import each other, in one direction. */
function subfolderCycles(files: readonly SourceFile[]): Violation[] {
  const graph = new Map<string, Set<string>>()
  const example = new Map<string, { file: string; line: number }>()
  for (const file of files) {
    for (const { target, line } of file.imports) {
      const [from, to] = [subfolderOf(file.path), target === undefined ? undefined : subfolderOf(target)]
      if (from === undefined || to === undefined || from === to) continue
      graph.set(from, (graph.get(from) ?? new Set()).add(to))
      example.set(`${from} ${to}`, { file: file.path, line })
    }
  }
  return findCycles(graph).map((walk) => {
    const at = example.get(`${walk[0]} ${walk[1]}`) ?? { file: walk[0] ?? '', line: 1 }
    return { rule: 'cycle', ...at, message: `folders ${walk.join(' -> ')}` }
  })
}

function subfolderOf(path: string): string | undefined {
  const parts = path.split('/')
  return parts.length > 2 ? `${parts[0]}/${parts[1]}` : undefined
}
