import type { Visit } from '../../src/core/visit.js'

/** Notes what it hears. */
export function hearing(log: string[], name: string): Visit {
  return {
    replied: ({ status }) => void log.push(`${name} ${status}`),
    failed: (error) => void log.push(`${name} ${error instanceof Error ? error.message : error}`),
  }
}
