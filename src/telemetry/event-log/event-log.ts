import type { Clock } from '../../core/clock.js'
import type { MeshEvents } from '../../core/events.js'
import type { Logger } from '../../core/logger.js'
import type { Observer } from '../../core/observer.js'
import { errorOf } from '../../core/thrown.js'
import { EventLines, type Line } from './lines.js'

const breakerMessages: Readonly<Record<MeshEvents['breaker']['state'], string>> = {
  open: 'a circuit breaker has opened',
  'half-open': 'a circuit breaker lets calls probe',
  closed: 'a circuit breaker has closed',
}

const observedMessages: typeof breakerMessages = {
  open: 'a circuit breaker would have opened',
  'half-open': 'a circuit breaker would let calls probe',
  closed: 'a circuit breaker would have closed',
}

const observesNow = 'a circuit breaker only observes from now on'
const enforcesNow = 'a circuit breaker enforces its state from now on'

function breakerLine({ removed, modeOnly, ...fields }: MeshEvents['breaker']): Line {
  if (removed === true) return { level: 'info', fields, message: 'a circuit breaker is gone' }
  const { state, observes } = fields
  if (observes === true) return { level: 'info', fields, message: modeOnly ? observesNow : observedMessages[state] }
  const message = modeOnly ? enforcesNow : breakerMessages[state]
  return { level: state === 'open' ? 'warn' : 'info', fields, message }
}

function ejectionLine({ ejected, ...fields }: MeshEvents['ejection']): Line {
  if (ejected) return { level: 'warn', fields, message: 'an endpoint was ejected' }
  return { level: 'info', fields, message: 'an endpoint is back from its ejection' }
}

function healthLine({ healthy, ...fields }: MeshEvents['health-check']): Line {
  if (healthy) return { level: 'info', fields, message: 'an endpoint passes its health checks' }
  return { level: 'warn', fields, message: 'an endpoint fails its health checks' }
}

function identityLine({ result, generation, error }: MeshEvents['identity']): Line {
  if (result === 'rotated') return { level: 'info', fields: { generation }, message: 'new credentials are in use' }
  return { level: 'error', fields: { generation, err: error }, message: 'new credentials were refused' }
}

/** Faults of requests, which clients can cause, leave room for those of the mesh. */
function logFault(lines: EventLines, { where, error, requestId }: MeshEvents['fault']): void {
  const fields = { where, err: error, ...(requestId === undefined ? {} : { requestId }) }
  if (where === 'identity') lines.write('fault', { level: 'error', fields, message: error.message }, where)
  else if (where === 'server')
    lines.write('fault', { level: 'error', fields, message: 'a request failed by an unexpected error' }, where)
  else lines.trouble('fault', where, error.message, { level: 'warn', fields, message: error.message })
}

/**
 * Writes what happens to a mesh into its log: what needs a human at warn or error, the rest at info, causes as `err`.
 * Nothing that comes with every call is a line, and `EventLines` bounds the rest. Returns what ends it.
 */
export function logEvents(observer: Observer, logger: Logger, clock: Clock): () => void {
  const lines = new EventLines(logger, clock)
  const undo = [
    observer.on('breaker', (event) => lines.write('breaker', breakerLine(event))),
    observer.on('ejection', (event) => lines.write('ejection', ejectionLine(event))),
    observer.on('health-check', (event) => lines.write('health-check', healthLine(event))),
    observer.on('identity', (event) => lines.write('identity', identityLine(event))),
    observer.on('fault', (event) => logFault(lines, event)),
    observer.on('discovery', ({ service, result, endpoints, error }) => {
      if (result === 'found') {
        const message = lines.recovered('discovery', service) ? 'discovery works again' : 'discovery found endpoints'
        lines.write('discovery', { level: 'info', fields: { service, endpoints }, message })
        return
      }
      const level = endpoints === 0 ? 'error' : 'warn'
      const fields = { service, endpoints, err: error }
      lines.trouble('discovery', service, `${error?.message}`, { level, fields, message: 'discovery failed' })
    }),
    observer.on('jwks', ({ issuer, uri, result, error }) => {
      const set = `${issuer} ${uri}`
      if (result === 'failed') {
        const fields = { issuer, uri, err: error }
        lines.trouble('jwks', set, `${error?.message}`, {
          level: 'error',
          fields,
          message: 'a key set could not be fetched',
        })
      } else if (lines.recovered('jwks', set))
        lines.write('jwks', { level: 'info', fields: { issuer, uri }, message: 'a key set was fetched again' })
    }),
    observer.on('limit-store', ({ policy, mode, kind, error }) => {
      const level = mode === 'closed' ? 'error' : 'warn'
      const fields = { policy, mode, kind, ...(error === undefined ? {} : { err: error }) }
      const line: Line = { level, fields, message: 'the store of a rate limit fails' }
      lines.trouble('limit-store', policy, `${kind} ${error?.message}`, line)
    }),
    observer.on('fallback', ({ service, result, error }) => {
      if (result === 'answered') return
      const fields = { service, ...(error === undefined ? {} : { err: errorOf(error) }) }
      lines.trouble('fallback', service, '', { level: 'error', fields, message: 'a fallback failed' })
    }),
  ]
  return function stopLogging() {
    for (const one of undo) one()
    lines.close()
  }
}
