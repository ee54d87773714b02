import { type ParseArgsConfig, parseArgs } from 'node:util'
import { suggest } from '../core/schema/index.js'

type Options = NonNullable<ParseArgsConfig['options']>

/** A command was called wrongly; the message says how. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The arguments of a command. */
export interface Arguments {
  readonly positionals: readonly string[]
  flag(name: string): boolean
  text(name: string): string | undefined
  /** Of an option that may be given several times. */
  texts(name: string): readonly string[]
}

/** An option as it is written, to be told apart from one that it might have been meant for. */
function spelling(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`
}

function checkTokens(argv: readonly string[], options: Options): void {
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true })
  const seen = new Set<string>()
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined
    if (option === undefined) {
      const meant = suggest(token.name, Object.keys(options))
      const hint = meant === undefined ? '' : ` Did you mean "${spelling(meant)}"?`
      throw new UsageError(`unknown option "${token.rawName}".${hint}`)
    }
    if (option.type === 'string' && token.value === undefined) throw new UsageError(`${token.rawName} needs a value`)
    if (option.type === 'boolean' && token.value !== undefined) throw new UsageError(`${token.rawName} takes no value`)
    if (option.multiple !== true && seen.has(token.name)) throw new UsageError(`${token.rawName} is given twice`)
    seen.add(token.name)
  }
}

/** Parses arguments. Throws `UsageError` for an unknown option, naming the one that was probably meant. */
export function parseArguments(argv: readonly string[], options: Options): Arguments {
  checkTokens(argv, options)
  const { values, positionals } = parseArgs({ args: [...argv], options, strict: false, allowPositionals: true })
  const all = (name: string): readonly (string | boolean)[] => [values[name] ?? []].flat()
  return {
    positionals,
    flag: (name) => values[name] === true,
    text: (name) => all(name).find((value) => typeof value === 'string'),
    texts: (name) => all(name).filter((value) => typeof value === 'string'),
  }
}
