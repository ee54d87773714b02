import { ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { systemClock } from '../../../core/clock.js'
import { nodeTls } from '../../../core/node-tls.js'
import { ReplyBatch } from './batch.js'
import { BatchedConnection, type Carrier } from './connection.js'
import { writeInOne } from './one-write.js'

const connection: unique symbol = Symbol('sidecarless.connection')

interface Known extends Carrier {
  [connection]?: BatchedConnection
}

let batch: ReplyBatch | undefined

/** One for the thread: what it has not written when the thread ends goes out first. */
function sharedBatch(): ReplyBatch {
  if (batch === undefined) {
    const made = new ReplyBatch(systemClock)
    process.on('exit', () => made.close())
    batch = made
  }
  return batch
}

/** A request begins on a connection: its reply is to go out with others that get ready in the same turn of the event loop. */
export function batchReplies(socket: Known, response: ServerResponse): void {
  const replies = sharedBatch()
  replies.begin()
  let known = socket[connection]
  if (known === undefined) {
    // What a test injects, HTTP/2, and streams of other kinds.
    if (!(socket instanceof Socket && response instanceof ServerResponse)) return
    if (!(socket instanceof nodeTls.TLSSocket)) writeInOne(socket)
    known = new BatchedConnection(socket, replies)
    socket[connection] = known
  }
  // Pipelined: the reply waits for the one before it already, and each would take a turn of its own.
  if (response.socket === null) known.leave()
}
