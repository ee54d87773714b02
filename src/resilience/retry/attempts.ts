import type { RequestBody } from '../../core/body.js'
import type { ClientCall } from '../../core/call.js'
import type { Handler } from '../../core/interceptor.js'
import type { Reply } from '../../core/reply.js'
import { type Tell, tellOf } from '../../core/teller.js'
import { tellFailure, tellOutcome, tellReply, type Visit } from '../../core/visit.js'
import { forkFor, judgeError, judgeReply } from './attempt.js'
import type { RetryDeps } from './deps.js'
import { FailedAttempt } from './failed-attempt.js'
import type { RetryPolicy } from './policy.js'
import { Recording } from './recording.js'
import { Retries } from './retries.js'

type StreamBody = Extract<RequestBody, { kind: 'stream' }>

/** Makes the attempts of the calls of one chain: the first, and the retries of those whose first has failed. */
export class Attempts {
  readonly #next: Handler<ClientCall>
  readonly #tell: Tell<ClientCall>
  readonly #deps: RetryDeps
  readonly #observes: boolean

  constructor(next: Handler<ClientCall>, deps: RetryDeps, observes: boolean) {
    this.#next = next
    this.#tell = tellOf(next)
    this.#deps = deps
    this.#observes = observes
  }

  /** The outcome of a call under a policy. */
  make(policy: RetryPolicy, call: ClientCall, visit: Visit | undefined): Promise<Reply> {
    const attempt = forkFor(call, 0)
    return this.#tell(attempt, undefined).then(
      (reply) => this.#replied(policy, call, attempt, reply, visit),
      (thrown) => tellOutcome(this.#failed(policy, call, attempt, thrown), visit),
    )
  }

  /** The same of a call whose body is kept while it is sent, so that it can be sent again. */
  async makeRecorded(policy: RetryPolicy, call: ClientCall, body: StreamBody): Promise<Reply> {
    // From here on it is the recording that puts it away.
    body.used = true
    const recording = new Recording(body.stream, policy.replayBytes)
    call.body = recording.body
    try {
      const reply = await this.make(policy, call, undefined)
      recording.commit()
      reply.lease.hold(recording)
      return reply
    } catch (error) {
      recording.release()
      throw error
    }
  }

  #replied(
    policy: RetryPolicy,
    call: ClientCall,
    attempt: ClientCall,
    reply: Reply,
    visit: Visit | undefined,
  ): Reply | Promise<Reply> {
    let made: Reply | FailedAttempt
    try {
      made = judgeReply(policy.conditions, call, attempt, reply)
    } catch (error) {
      return tellFailure(error, visit)
    }
    return made instanceof FailedAttempt
      ? tellOutcome(this.#retried(policy, call, made), visit)
      : tellReply(made, visit)
  }

  async #failed(policy: RetryPolicy, call: ClientCall, attempt: ClientCall, thrown: unknown): Promise<Reply> {
    return this.#retried(policy, call, judgeError(policy.conditions, call, attempt, thrown))
  }

  async #retried(policy: RetryPolicy, call: ClientCall, first: FailedAttempt): Promise<Reply> {
    if (first.reason === undefined) return first.outcome()
    const retries = new Retries(policy, this.#deps, call, this.#next)
    return this.#observes ? retries.observe(first) : retries.run(first)
  }
}
