import type { ExplainRequest } from '../mesh/explain.js'
import type { Workload } from '../mesh/options.js'
import { type Arguments, UsageError } from './arguments.js'

/** Headers as `curl -H` writes them: one that is written twice has two values. */
function headersOf(lines: readonly string[]): Record<string, readonly string[]> {
  const headers: Record<string, readonly string[]> = {}
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon < 1) throw new UsageError(`-H needs "name: value", not "${line}"`)
    const name = line.slice(0, colon).trim().toLowerCase()
    headers[name] = [...(Object.hasOwn(headers, name) ? (headers[name] ?? []) : []), line.slice(colon + 1).trim()]
  }
  return headers
}

function labelsOf(lists: readonly string[]): Record<string, string> {
  const labels: Record<string, string> = {}
  for (const pair of lists.flatMap((list) => list.split(','))) {
    const equals = pair.indexOf('=')
    if (equals < 1) throw new UsageError(`--labels needs key=value, not "${pair}"`)
    labels[pair.slice(0, equals)] = pair.slice(equals + 1)
  }
  return labels
}

/** What `explain` is asked: `FILE... [METHOD] URL`. */
export interface Question {
  readonly files: readonly string[]
  readonly request: ExplainRequest
  readonly workload: Workload
}

/** Reads the question. A method is a word in capitals before the URL. */
export function questionOf(args: Arguments): Question {
  const url = args.positionals.at(-1) ?? ''
  if (!/^https?:\/\//.test(url)) throw new UsageError('the last argument has to be an absolute http or https URL')
  const method = args.positionals.at(-2) ?? ''
  const hasMethod = /^[A-Z][A-Z-]*$/.test(method)
  return {
    files: args.positionals.slice(0, hasMethod ? -2 : -1),
    request: {
      side: args.flag('server') ? 'server' : 'client',
      method: hasMethod ? method : 'GET',
      url,
      headers: headersOf(args.texts('header')),
    },
    workload: {
      name: 'explain',
      namespace: args.text('source-namespace') ?? args.text('namespace'),
      labels: labelsOf(args.texts('labels')),
      locality: args.text('locality'),
    },
  }
}
