import type { Readable } from 'node:stream'
import { bodyFailure } from '../core/body.js'
import type { ClientCall } from '../core/call.js'
import type { Cancellable } from '../core/cancellation.js'
import { MeshError } from '../core/errors.js'
import { HeaderMap } from '../core/headers.js'
import type { Phase } from '../core/phase.js'
import { Reply } from '../core/reply.js'
import { type BodySource, ReplyBody } from '../core/reply-body.js'
import type { Visit } from '../core/visit.js'
import { warnOfThrown } from '../core/warn.js'
import type { Connection, Passenger } from './connection.js'
import { type Progress, protocolError, toMeshError, uploadError } from './errors.js'
import type { Lane } from './pools.js'

type Abort = (error: Error) => void
type Resume = () => void

/** Informational replies (1xx) that one exchange may have: who sends more would have us read for ever. */
const maxInformational = 1_000

/** What undici is told when we give an exchange up; nobody sees it. */
const givenUp = new Error('the exchange was given up')

/** Whether the peer was too late, and not this process. */
function isTimeout(reason: unknown): boolean {
  if (!(reason instanceof MeshError) || reason.origin === 'local') return false
  return reason.code === 'ERR_MESH_TIMEOUT' || reason.code === 'ERR_MESH_ATTEMPT_TIMEOUT'
}

/**
 * One HTTP exchange: the handler that undici calls back, the source of the reply body, and the work that a cancelled
 * call stops. Speaks undici's core callbacks directly, so no WHATWG headers, stream or signal is made per call.
 */
export class Exchange implements BodySource, Cancellable, Passenger {
  readonly call: ClientCall
  readonly #blameStale: boolean
  readonly #visit: Visit | undefined
  readonly #resolve: (reply: Reply) => void
  readonly #reject: (error: unknown) => void
  #abort: Abort | undefined = undefined
  #resume: Resume | undefined = undefined
  #upload: Readable | undefined = undefined
  #headers: HeaderMap | undefined = undefined
  #body: ReplyBody | undefined = undefined
  #progress: Progress = 'unsent'
  #lane: Lane | undefined = undefined
  #connection: Connection | undefined = undefined
  #answersBefore = 0
  #informational = 0
  #done = false

  /** What is being waited for: a timeout is not the peer's fault while the caller has yet to send, or to read. */
  get phase(): Phase {
    if (this.#progress === 'unsent') return this.#connection === undefined ? 'queue' : 'connect'
    if (this.#body?.held === true) return 'reader'
    if (this.#uploads()) return 'upload'
    return this.#progress === 'answered' ? 'body' : 'headers'
  }

  /** Whether the caller has more to send; undici pauses it while the peer takes nothing. */
  #uploads(): boolean {
    const upload = this.#upload
    return upload !== undefined && !upload.readableEnded && !upload.isPaused()
  }

  constructor(
    call: ClientCall,
    blameStale: boolean,
    visit: Visit | undefined,
    resolve: (reply: Reply) => void,
    reject: (error: unknown) => void,
  ) {
    this.call = call
    this.#blameStale = blameStale
    this.#visit = visit
    this.#resolve = resolve
    this.#reject = reject
  }

  /** Goes over one of these connections. */
  take(lane: Lane): void {
    this.#lane = lane
    this.#answersBefore = lane.answers
  }

  /** Waits for this connection. */
  board(connection: Connection): void {
    this.#connection = connection
  }

  /** undici: the request is about to be written to a socket. */
  onConnect(abort: Abort): void {
    if (this.#done) {
      // A connection that has carried nothing is as good as before, unless there is a stream that only undici can put away.
      if (this.call.body.kind === 'none' || this.call.body.kind === 'bytes') throw givenUp
      this.#progress = 'sent'
      abort(givenUp)
      return
    }
    this.#abort = abort
    this.#progress = this.#connection?.kept === true && !this.#blameStale ? 'sent over kept' : 'sent'
    this.call.sent = true
  }

  /** undici: status and headers have arrived; informational ones are passed over. */
  onHeaders(status: number, headers: Buffer[], resume: Resume, statusText: string): boolean {
    if (status < 200) {
      this.#progress = 'sent'
      if (++this.#informational > maxInformational)
        this.#breakOff(protocolError('the upstream sends informational replies without end', this.call))
      return true
    }
    if (status > 599) {
      this.#breakOff(protocolError(`the upstream answers with the status ${status}`, this.call))
      return true
    }
    this.#progress = 'answered'
    if (this.#lane !== undefined) this.#lane.answers++
    this.#connection?.answered()
    this.#resume = resume
    this.#body = new ReplyBody(this)
    this.#headers = HeaderMap.fromBytes(headers)
    this.#resolveReply(new Reply(status, this.#headers, this.#body, statusText))
    return true
  }

  /** undici: a piece of the body, an empty one when it reads on; false pauses the socket. */
  onData(chunk: Buffer): boolean {
    if (chunk.length === 0) return true
    return this.#body?.push(chunk) ?? true
  }

  /** undici: the end of the message is there. */
  onComplete(trailers: readonly (string | Buffer)[] | null): void {
    this.#finish()
    const none = trailers === null || trailers.length === 0
    this.#body?.complete(none ? undefined : new HeaderMap(trailers.map(String)))
    this.#leave()?.release()
  }

  #leave(): Connection | undefined {
    const connection = this.#connection
    this.#connection = undefined
    return connection
  }

  /** undici: the exchange failed, however far it had come. */
  onError(error: unknown): void {
    if (this.#progress === 'unsent') {
      this.#leave()?.release()
      // undici never began it, and no other attempt sends it.
      this.#upload?.destroy()
    } else this.#leave()?.abandon()
    if (this.#done) return
    const lengths = this.#headers?.getAll('content-length')
    this.#fail(toMeshError(error, this.call, this.#progress, lengths))
  }

  /** Ends the exchange from our side: leaves the line, or stops what is on the socket. */
  #breakOff(reason: unknown): void {
    this.#fail(reason)
    this.#lane?.pool.leave(this)
    this.#abort?.(givenUp)
  }

  /** The exchange is over before its end: whoever waits for the reply, or reads it, is told why. */
  #fail(reason: unknown): void {
    this.#finish()
    if (this.#body === undefined) this.#rejectReply(reason)
    else this.#body.abort(reason)
  }

  /**
   * Hears of it first when the caller's own stream fails: undici tells that like a broken connection, and the endpoint
   * would be blamed. A connection that does break comes to `onError` before undici hands it on to the stream.
   */
  watch(upload: Readable): void {
    if (upload.errored !== null) throw bodyFailure(upload.errored)
    this.#upload = upload
    upload.on('error', (error) => this.#uploadFailed(error))
  }

  #uploadFailed(error: unknown): void {
    if (!this.#done) this.#breakOff(uploadError(error, this.call))
  }

  pause(): void {}

  resume(): void {
    this.#resume?.()
  }

  cancel(reason: unknown): void {
    if (this.#done) return
    this.#breakOff(reason)
    if (isTimeout(reason)) this.#suspectPeer()
  }

  /** Nothing at all has come from the peer since: it may have vanished, and its other connections with it. */
  #suspectPeer(): void {
    const lane = this.#lane
    const answerless = this.#progress === 'sent' || this.#progress === 'sent over kept'
    if (lane !== undefined && answerless && lane.answers === this.#answersBefore) lane.retire()
  }

  #resolveReply(reply: Reply): void {
    try {
      this.#visit?.replied(reply)
      this.#resolve(reply)
    } catch (error) {
      this.#reject(error)
      this.cancel(error)
    }
  }

  #rejectReply(reason: unknown): void {
    this.#reject(reason)
    try {
      this.#visit?.failed(reason)
    } catch (thrown) {
      warnOfThrown(thrown)
    }
  }

  #finish(): void {
    this.#done = true
    this.call.detach(this)
  }
}
