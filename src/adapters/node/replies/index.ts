import type { ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { systemClock } from '../../../core/clock.js'
import { ReplyBatch } from './batch.js'
import { BatchedConnection } from './connection.js'

const connection: unique symbol = Symbol('sidecarless.connection')

interface Carrier extends Socket {
  [connection]?: BatchedConnection
}

let batch: ReplyBatch | undefined

/** One for the thread: what it has not written when the thread ends goes out first. */
function sharedBatch(): ReplyBatch {
  if (batch === undefined) {
    const made = new ReplyBatch(systemClock)
    process.on('exit', () => made.writeAll())
    batch = made
  }
  return batch
}

/** A request begins on a connection: its reply is to go out with others that get ready in the same turn of the event loop. */
export function batchReplies(socket: Carrier, response: ServerResponse): void {
  const replies = sharedBatch()
  replies.begin()
  let carrier = socket[connection]
  if (carrier === undefined) {
    // What a test injects, and streams of other kinds.
    if (!(socket instanceof Socket)) return
    carrier = new BatchedConnection(socket, replies)
    socket[connection] = carrier
  }
  // Pipelined: the reply waits for the one before it already, and each would take a turn of its own.
  if (response.socket === null) carrier.leave()
}
