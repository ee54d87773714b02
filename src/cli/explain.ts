import { isMeshError } from '../core/errors.js'
import { explainConfig } from '../mesh/explain-config.js'
import { parseArguments, UsageError } from './arguments.js'
import { questionOf } from './call.js'
import { describeInbound } from './describe-inbound.js'
import { describeOutbound } from './describe-outbound.js'
import type { ExitCode, Io } from './io.js'
import { load, loadOptions } from './load.js'
import { errorsIn, formatFindings, formatSummary } from './report.js'

const options = {
  ...loadOptions,
  header: { type: 'string', short: 'H', multiple: true },
  labels: { type: 'string', multiple: true },
  'source-namespace': { type: 'string' },
  locality: { type: 'string' },
  server: { type: 'boolean' },
} as const

/** A URL that cannot be called is the caller's mistake, not the manifests'. */
function usageErrorOf(error: unknown): unknown {
  return isMeshError(error) && error.code !== 'ERR_MESH_CONFIG' ? new UsageError(error.message) : error
}

/** `sidecarless explain`: prints what would happen to a call. Sends nothing. */
export async function explain(argv: readonly string[], io: Io): Promise<ExitCode> {
  const args = parseArguments(argv, options)
  const { files, request, workload } = questionOf(args)
  const loaded = await load(files, args)
  if (errorsIn(loaded) > 0) {
    io.err(formatFindings(loaded, io) + formatSummary(loaded))
    return 1
  }
  try {
    const explanation = explainConfig(loaded.config, workload, request)
    if (args.flag('json')) io.out(`${JSON.stringify(explanation, undefined, 2)}\n`)
    else io.out(explanation.side === 'client' ? describeOutbound(explanation, io) : describeInbound(explanation, io))
    return 0
  } catch (error) {
    throw usageErrorOf(error)
  }
}
