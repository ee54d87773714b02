import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { HeaderMap } from '../core/headers.js'
import { bytesOf, bytesToCut, type HangStep, type ReplyStep, type StepBody, type TruncateStep } from './steps.js'

/** How a connection is broken off: `close` with a FIN, `reset` with an RST. */
export type Ending = 'close' | 'reset'

/** Answers well. */
export interface ServerReplyStep extends ReplyStep {
  /** Ends the connection after the reply, without having announced it. Default: it is kept. */
  ending?: Ending | undefined
}

/** Breaks the connection off before a byte of a reply. */
export interface DropStep {
  /** How it ends. */
  drop: Ending
}

/** Breaks a reply of status 200 off in its body, or right after its headers (`truncate: 0`). */
export interface ServerTruncateStep extends TruncateStep {
  /** Default `close`. */
  ending?: Ending | undefined
  /** Frames the body in chunks instead of with a length. Default false. */
  chunked?: boolean | undefined
}

/** Writes these bytes in place of a reply: what does not speak HTTP, or speaks it wrong. */
export interface RawStep {
  /** Everything that goes to the socket, status line included. */
  raw: StepBody
  /** Default `close`; `keep` leaves the connection open. */
  ending?: Ending | 'keep' | undefined
}

/** Does to the connection whatever you like. */
export interface PlayStep {
  /** Gets the connection once the whole request has arrived. */
  play: (socket: Socket) => void
}

/** What a faulty server does with one request. */
export type FaultStep = ServerReplyStep | DropStep | HangStep | ServerTruncateStep | RawStep | PlayStep

/** Runs `act` after a wait, unless the connection is gone by then. */
function after(ms: number | undefined, socket: Socket, act: () => void): void {
  if (ms === undefined || ms === 0) return act()
  const timer = setTimeout(() => {
    socket.off('close', stop)
    act()
  }, ms)
  function stop(): void {
    clearTimeout(timer)
  }
  socket.once('close', stop)
}

/** An RST that comes together with the last bytes looks like a FIN to a Node client: it gets time to read them. */
const resetDelayMs = 5

/** A client in this process reads in the turn in which a late timer fires: after the timers, and before this. */
function resetAfterReads(socket: Socket): void {
  setImmediate(() => {
    if (!socket.destroyed) socket.resetAndDestroy()
  })
}

function end(socket: Socket, ending: Ending | 'keep'): void {
  if (ending === 'close') socket.end()
  else if (ending === 'reset') after(resetDelayMs, socket, () => resetAfterReads(socket))
}

function drop(ending: Ending, socket: Socket): void {
  if (ending === 'close') socket.end()
  else socket.resetAndDestroy()
}

function mayHaveBody(status: number): boolean {
  return status >= 200 && status !== 204 && status !== 304
}

function reply(step: ServerReplyStep, socket: Socket, response: ServerResponse): void {
  const bytes = bytesOf(step.body)

  function complete(): void {
    if (step.trailers !== undefined) response.addTrailers(step.trailers)
    response.end(() => end(socket, step.ending ?? 'keep'))
  }

  function drip(at: number): void {
    if (at === bytes.length) return complete()
    after(step.dripMs, socket, () => {
      response.write(bytes.subarray(at, at + 1))
      drip(at + 1)
    })
  }

  after(step.delayMs, socket, () => {
    const headers = HeaderMap.from(step.headers)
    if (step.trailers !== undefined) headers.set('trailer', Object.keys(step.trailers).join(', '))
    else if (mayHaveBody(step.reply) && !headers.has('content-length') && !headers.has('transfer-encoding'))
      headers.set('content-length', String(bytes.length))
    response.writeHead(step.reply, [...headers.raw])
    if (step.bodyDelayMs !== undefined || step.dripMs !== undefined) response.flushHeaders()
    after(step.bodyDelayMs, socket, () => {
      if (step.dripMs !== undefined && step.dripMs > 0) return drip(0)
      if (bytes.length > 0) response.write(bytes)
      complete()
    })
  })
}

function truncate(step: ServerTruncateStep, socket: Socket): void {
  const body = bytesToCut(step)
  const framing = step.chunked === true ? 'transfer-encoding: chunked' : `content-length: ${body.length}`
  const size = step.chunked === true ? `${body.length.toString(16)}\r\n` : ''
  socket.write(`HTTP/1.1 200 OK\r\n${framing}\r\n\r\n${step.truncate > 0 ? size : ''}`)
  socket.write(body.subarray(0, step.truncate), () => end(socket, step.ending ?? 'close'))
}

/** Plays a step on the connection that a request came over. */
export function playFault(step: FaultStep, socket: Socket, response: ServerResponse): void {
  if ('reply' in step) reply(step, socket, response)
  else if ('drop' in step) drop(step.drop, socket)
  else if ('truncate' in step) truncate(step, socket)
  else if ('raw' in step) socket.write(bytesOf(step.raw), () => end(socket, step.ending ?? 'close'))
  else if ('play' in step) step.play(socket)
  else if (step.hang === 'body') socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc')
}
