import type { ClientCall } from '../../core/call.js'
import { type Clock, systemClock } from '../../core/clock.js'
import type { HeaderMap } from '../../core/headers.js'
import { compileCommand, type Format } from './commands.js'

/** A compiled header value. */
export interface HeaderFormat {
  /** The text, when it is the same for every call. */
  readonly literal: string | undefined
  /** The text for a call. */
  readonly format: Format
}

const piece = /%%|%([A-Z0-9_]+)(?:\(([^)]*)\))?(?::(\d+))?%|[^%]+|%/g

function cut(format: Format, length: number): Format {
  return (call, answer, status) => format(call, answer, status).slice(0, length)
}

/**
 * Compiles a value with Envoy's `%COMMAND%`s: `%REQ(x?y):10%`, `%START_TIME%`, `%%` for a percent sign. Throws an Error for
 * an unknown command and for a `%` that begins none.
 */
export function compileFormat(text: string, clock: Clock = systemClock): HeaderFormat {
  const parts: (string | Format)[] = []
  for (const [whole, name, argument, length] of text.matchAll(piece)) {
    if (whole === '%') throw new Error('has a "%" that begins no command; a percent sign is written "%%"')
    if (name === undefined) parts.push(whole === '%%' ? '%' : whole)
    else {
      const format = compileCommand(name, argument, clock)
      parts.push(length === undefined ? format : cut(format, Number(length)))
    }
  }
  const [only] = parts
  if (parts.every((part) => typeof part === 'string')) {
    const literal = parts.join('')
    return { literal, format: () => literal }
  }
  if (parts.length === 1 && typeof only === 'function') return { literal: undefined, format: only }
  return {
    literal: undefined,
    format: (call: ClientCall, answer: HeaderMap | undefined, status: number) =>
      parts.map((part) => (typeof part === 'string' ? part : part(call, answer, status))).join(''),
  }
}
