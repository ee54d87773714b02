import type { Origin } from '../core/origin.js'
import type { ExplainedPolicy } from '../mesh/explain-policy.js'
import { type Io, painted } from './io.js'

/** Lines of a name and a value, indented by depth. */
export class Lines {
  readonly #lines: string[] = []
  readonly #io: Io

  constructor(io: Io) {
    this.#io = io
  }

  /** One line; nothing for an undefined value. `origin` comes behind it. */
  add(name: string, value: string | undefined, origin?: Origin, depth = 0): void {
    if (value === undefined) return
    const where = origin === undefined ? '' : `  ${painted(`${origin.file}:${origin.line}`, 'dim', this.#io)}`
    this.#lines.push(`${'  '.repeat(depth)}${painted(name.padEnd(14 - 2 * depth), 'bold', this.#io)} ${value}${where}`)
  }

  /** A line for each field. */
  policy(policy: ExplainedPolicy, depth = 0): void {
    for (const [field, { value, origin }] of Object.entries(policy)) this.add(field, shown(value), origin, depth)
  }

  toString(): string {
    return this.#lines.map((line) => `${line}\n`).join('')
  }
}

/** A configured value as somebody would write it. */
function shown(value: unknown): string {
  if (typeof value === 'number') return `${value} ms`
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}
