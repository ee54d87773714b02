import { parseArguments } from './arguments.js'
import type { ExitCode, Io } from './io.js'
import { load, loadOptions } from './load.js'
import { errorsIn, formatFindings, formatSummary } from './report.js'

/** `sidecarless check`: prints what is wrong with manifests; 1 if a mesh would refuse them. */
export async function check(argv: readonly string[], io: Io): Promise<ExitCode> {
  const args = parseArguments(argv, loadOptions)
  const loaded = await load(args.positionals, args)
  if (args.flag('json')) {
    const { diagnostics, problems } = loaded
    const rest = problems.map(({ path, message }) => ({ severity: 'error', path, code: 'config', message }))
    io.out(`${JSON.stringify([...diagnostics, ...rest], undefined, 2)}\n`)
  } else io.out(formatFindings(loaded, io) + formatSummary(loaded))
  return errorsIn(loaded) > 0 ? 1 : 0
}
