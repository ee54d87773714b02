import { suggest } from '../core/schema/index.js'
import { UsageError } from './arguments.js'
import { check } from './check.js'
import { explain } from './explain.js'
import type { ExitCode, Io } from './io.js'
import { usage } from './usage.js'
import { version } from './version.js'

const commands: Readonly<Record<string, (argv: readonly string[], io: Io) => Promise<ExitCode>>> = { check, explain }

async function dispatch(argv: readonly string[], io: Io): Promise<ExitCode> {
  const [name, ...rest] = argv
  if (name === undefined) throw new UsageError('no command is named')
  // What comes after `--` is no option.
  const end = argv.indexOf('--')
  const options = end === -1 ? argv : argv.slice(0, end)
  if (options.includes('--help') || options.includes('-h')) {
    io.out(usage)
    return 0
  }
  if (name === '--version') {
    io.out(`${await version()}\n`)
    return 0
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command !== undefined) return command(rest, io)
  const meant = suggest(name, Object.keys(commands))
  const hint = meant === undefined ? '' : ` Did you mean "${meant}"?`
  throw new UsageError(`unknown ${name.startsWith('-') ? 'option' : 'command'} "${name}".${hint}`)
}

/** Runs a command line; never throws for what its user did. */
export async function run(argv: readonly string[], io: Io): Promise<ExitCode> {
  try {
    return await dispatch(argv, io)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    io.err(`sidecarless: ${error.message}\nTry "sidecarless --help".\n`)
    return 2
  }
}
