import type { ClientCall } from '../../core/call.js'
import type { Cancellable } from '../../core/cancellation.js'
import { MeshError } from '../../core/errors.js'
import { Bond } from '../../core/hold.js'
import { type Handler, proceed } from '../../core/interceptor.js'
import type { Phase } from '../../core/phase.js'
import { Reply } from '../../core/reply.js'
import { ReplyBody } from '../../core/reply-body.js'

/** A call that waits for the answer of a flight. It leaves with it, or when it is cancelled. */
class Member implements Cancellable {
  readonly call: ClientCall
  readonly promise: Promise<Reply>
  resolve: (reply: Reply | Promise<Reply>) => void = () => {}
  reject: (reason: unknown) => void = () => {}
  /** The call that all of them wait for. */
  readonly #flying: ClientCall
  readonly #leave: (member: Member, reason: unknown) => void

  /** What the flight waits for, or its answer where that is there already. */
  get phase(): Phase {
    return this.#flying.phase ?? 'headers'
  }

  constructor(call: ClientCall, flying: ClientCall, leave: (member: Member, reason: unknown) => void) {
    this.call = call
    this.#flying = flying
    this.#leave = leave
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
    call.attach(this)
  }

  cancel(reason: unknown): void {
    this.#leave(this, reason)
    this.reject(reason)
  }
}

/** The deadline of the call that came first: it is not that of those who are still there. */
function isDeadline(error: unknown): boolean {
  return error instanceof MeshError && error.code === 'ERR_MESH_TIMEOUT'
}

/** The same answer once more: nothing that its reader changes is anybody else's. */
function copyOf(reply: Reply, bytes: Uint8Array): Reply {
  const body = ReplyBody.of(new Uint8Array(bytes))
  body.trailers = reply.body.trailers
  const copy = new Reply(reply.status, reply.headers.fork(), body, reply.statusText)
  copy.flag = reply.flag
  copy.detail = reply.detail
  return copy
}

/** One exchange that several calls wait for. It goes on until the last of them has gone. */
export class Flight {
  readonly #call: ClientCall
  readonly #next: Handler<ClientCall>
  readonly #maxBytes: number
  readonly #members = new Set<Member>()
  readonly #landed: () => void

  /** `landed` is told when nobody may join any more. */
  constructor(call: ClientCall, next: Handler<ClientCall>, maxBytes: number, landed: () => void) {
    this.#call = call.fork()
    call.detach(this.#call)
    this.#next = next
    this.#maxBytes = maxBytes
    this.#landed = landed
  }

  /** Takes off, once its first member has joined. */
  start(): void {
    proceed(this.#call, this.#next).then(
      (reply) => this.#answered(reply),
      (error) => this.#failed(error),
    )
  }

  /** The answer for one more call. */
  join(call: ClientCall): Promise<Reply> {
    const member = new Member(call, this.#call, this.#left)
    this.#members.add(member)
    if (call.deadline > this.#call.deadline) this.#call.deadline = call.deadline
    return member.promise
  }

  readonly #left = (member: Member, reason: unknown): void => {
    this.#members.delete(member)
    if (this.#members.size > 0) return
    this.#landed()
    this.#call.cancel(reason)
  }

  #failed(error: unknown): void {
    this.#landed()
    for (const { call, resolve, reject } of this.#disembark()) {
      if (isDeadline(error)) resolve(proceed(call, this.#next))
      else {
        this.#note(call)
        reject(error)
      }
    }
  }

  #answered(reply: Reply): void {
    this.#landed()
    const [first, ...others] = this.#members
    if (first === undefined) reply.body.cancel()
    else if (others.length === 0) this.#handOver(reply)
    else if (Number(reply.headers.get('content-length') ?? Number.NaN) <= this.#maxBytes) void this.#share(reply)
    else this.#handOver(reply)
  }

  /** The first gets the reply as it comes; others, whom it cannot be shared with, go on their own. */
  #handOver(reply: Reply): void {
    const [first, ...others] = this.#disembark()
    if (first !== undefined) {
      this.#note(first.call)
      reply.lease.hold(new Bond(first.call, this.#call))
      first.resolve(reply)
    }
    for (const { call, resolve } of others) resolve(proceed(call, this.#next))
  }

  async #share(reply: Reply): Promise<void> {
    try {
      const bytes = await reply.body.bytes()
      for (const { call, resolve } of this.#disembark()) {
        this.#note(call)
        resolve(copyOf(reply, bytes))
      }
    } catch (error) {
      this.#failed(error)
    }
  }

  #disembark(): Member[] {
    const members = [...this.#members]
    this.#members.clear()
    for (const member of members) member.call.detach(member)
    return members
  }

  /** A call shows the attempt that its outcome came from. */
  #note(call: ClientCall): void {
    call.attempt = this.#call.attempt
    call.endpoint = this.#call.endpoint
    call.tried ??= this.#call.tried
    if (this.#call.sent) call.sent = true
  }
}
