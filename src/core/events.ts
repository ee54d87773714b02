import type { Problem } from './config-error.js'
import type { MeshError } from './errors.js'

/** Why a retry that was wanted was not made. */
export type SuppressedReason =
  | 'budget'
  | 'deadline'
  | 'method'
  | 'body'
  | 'overflow'
  | 'attempts'
  | 'hop'
  | 'pushback'
  | 'endpoint'

/** What policies report. Telemetry subscribes to it, and so can users through `mesh.on`. */
export interface MeshEvents {
  /** A new snapshot serves, or a config was refused. */
  config: {
    /** `rejected`: the config before it goes on serving. */
    result: 'applied' | 'rejected'
    /** Number of the snapshot that serves from now on, from 1. */
    generation: number
    /** Sentences on what is not done as a manifest writes it; empty for a refused config. */
    warnings: readonly string[]
    /** Services that it added, removed or changed, by name; nothing for a refused config. */
    diff: {
      /** Not in the config before. */
      readonly added: readonly string[]
      /** Not in this config any more. */
      readonly removed: readonly string[]
      /** Configured otherwise; a mere move within a manifest is no change. */
      readonly changed: readonly string[]
    }
    /** Everything that is wrong with a refused config; empty for one that serves. */
    errors: readonly Problem[]
    /** Why the config was refused: a `ConfigError`, unless it could not be loaded at all. */
    error?: Error | undefined
  }
  /** An endpoint was taken out of the balancing, or came back. */
  ejection: {
    /** Logical name of the callee. */
    service: string
    /** `host:port`. */
    endpoint: string
    /** False when it came back. */
    ejected: boolean
    /** Set when the subset has ejections of its own. */
    subset?: string | undefined
    /**
     * `consecutive-5xx`, `consecutive-gateway`, `consecutive-local-origin`, `success-rate`, `failure-percentage`, or one of
     * the last two with `-local-origin`; for a return what ended the ejection: `expired`, `health-check` or `disabled`.
     */
    reason: string
    /** How long it stays out, or was out, ms. */
    forMs: number
  }
  /** A breaker changed its state, or, while it was not closed, its mode. */
  breaker: {
    /** `service` or `service|subset`. */
    service: string
    /** `host:port`, where the breaker is an endpoint's. */
    endpoint?: string | undefined
    /** `open` refuses every call; `half-open` lets one try. */
    state: 'closed' | 'open' | 'half-open'
    /** It only observes (`mode: 'observe'`): this is the state that it would be in, and every call goes through. */
    observes?: true | undefined
    /** Its state is as before: it has begun to enforce it, or to observe. */
    modeOnly?: true | undefined
    /** The breaker is gone, with its config or its endpoint; told of those that have changed their state before. */
    removed?: boolean | undefined
  }
  /** A retry is about to be made. */
  retry: {
    /** Logical name of the callee. */
    service: string
    /** Which retry of its call: 1 for the first. */
    attempt: number
    /** The condition of `retry.on` that held. */
    reason: string
    /** Back-off before it, ms. */
    delayMs: number
  }
  /** A retry was wanted but not made. */
  'retry-suppressed': {
    /** Logical name of the callee. */
    service: string
    /** `attempts`: all of them were used; `overflow`: too many retries are under way; `hop`: another tier retries; `pushback`: the callee forbade it. */
    reason: SuppressedReason
  }
  /** A policy that only observes (`mode: 'observe'`) would have acted. */
  observed: {
    /** Logical name of the callee; empty for inbound requests. */
    service: string
    /** Field of the config: `retry`, `circuitBreaker`, `limits`, `admission`, `hedge`, `routing`, or of `inbound` `concurrency`, `admission`. */
    policy: string
    /** What it would have done, in a bounded word: `retry`, `hedge`, `suppress` (what has no leave), `refuse`, `wait`, `route`. */
    action: string
    /** For people: the condition, the limit, the route. */
    detail?: string | undefined
  }
  /** An attempt had no answer in time, and another was to go out beside it. */
  hedge: {
    /** Logical name of the callee. */
    service: string
    /** False where the retry budget did not allow it. */
    sent: boolean
    /** How long there had been no answer, ms. */
    afterMs: number
  }
  /** A call waits for the answer to an identical one. */
  coalesced: {
    /** Logical name of the callee. */
    service: string
  }
  /** A call had failed, and its fallback was to answer. */
  fallback: {
    /** Logical name of the callee. */
    service: string
    /** `failed`: its function threw, or made no answer; the failure stands. */
    result: 'answered' | 'failed'
    /** What it threw. */
    error?: unknown
  }
  /** A call was refused because too many are under way. */
  overflow: {
    /** Logical name of the callee. */
    service: string
    /** Field of `limits` that is used up, or `admission`. */
    limit: string
  }
  /** A request was refused because this process has too much to do. */
  shed: {
    /** `event-loop`, `queue-full`, `queue-time`, `outranked` by a more urgent request, or `admission`. */
    reason: string
  }
  /** Credentials changed, or new ones were refused and the old kept. */
  identity: {
    /** `rejected`: the credentials before them stay in use. */
    result: 'rotated' | 'rejected'
    /** Number of the credentials in use: 1 more after every rotation. */
    generation: number
    /** Why new credentials were refused. Never shows a key. */
    error?: Error | undefined
  }
  /** An endpoint joined or left a service. */
  endpoint: {
    /** Logical name of the callee. */
    service: string
    /** `host:port`. */
    endpoint: string
    /** By a new config, or by discovery. */
    change: 'added' | 'removed'
  }
  /** Discovery found other endpoints, or failed. */
  discovery: {
    /** Logical name of the callee. */
    service: string
    /** `failed`: the endpoints of before serve on. */
    result: 'found' | 'failed'
    /** How many endpoints are in use. */
    endpoints: number
    /** Why nothing was found, or why what was reported cannot be used. */
    error?: Error | undefined
  }
  /** An active health check took an endpoint out of the balancing, or brought it back. */
  'health-check': {
    /** Logical name of the callee. */
    service: string
    /** `host:port`. */
    endpoint: string
    /** Whether it takes calls again. */
    healthy: boolean
    /** `status 503`, the code of an error, `passed`, or `immediate` where a reply asked for it. */
    reason: string
  }
  /** A connection to an endpoint was opened. */
  connection: {
    /** Logical name of the callee. */
    service: string
    /** `host:port`. */
    endpoint: string
  }
  /** A peer's identity was refused. */
  'peer-rejected': {
    /** `client`: we called the peer; `server`: it called us. */
    side: 'client' | 'server'
    /** Bounded, for metrics: the error's `detail`. */
    reason: string
  }
  /** A rate limiter's store failed. */
  'limit-store': {
    /** Name of the limit. */
    policy: string
    /** What was done instead, by the limit's `failureMode`. */
    mode: 'open' | 'closed' | 'local'
    /** `timeout`, `down`, `readonly`, `reply` or `missing`. */
    kind: string
    /** What the store or its connection said. Shows no key of a counter. */
    error?: Error | undefined
  }
  /** A rate limit decision. */
  'rate-limit': {
    /** Name of the limit. */
    policy: string
    /** `limited`: the call was refused. */
    decision: 'allowed' | 'limited'
    /** What counted; `local`: this process in place of a store that failed. */
    backend: 'memory' | 'redis' | 'local'
  }
  /** An authentication decision. */
  authentication: {
    /** `jwt` or `api-key`. */
    method: string
    /** `refused`: the credential did not count, or none was there. */
    result: 'ok' | 'refused'
    /** `ok`, or a bounded word for the refusal: `missing`, `expired`, `signature`. */
    reason: string
  }
  /** An authorization decision. */
  authorization: {
    /** What the caller may do. */
    decision: 'allow' | 'deny'
    /** The rule that decided: `policy[name]-rule[0]`, or `none`. */
    rule: string
  }
  /** A key set was fetched, or could not be. */
  jwks: {
    /** Whose keys: the `issuer` of the policy; empty if it names none. */
    issuer: string
    /** Where the set is; without the query, which may hold a secret. */
    uri: string
    /** `failed`: the keys at hand count until they are too old. */
    result: 'ok' | 'failed'
    /** Why it could not be fetched. */
    error?: Error | undefined
  }
  /** Something went wrong that no caller waits for. */
  fault: {
    /**
     * Which part noticed it: `identity`, of our own certificate that nears its end; `mirror`, of a call that could not be
     * copied; `server`, of code that threw while a request was served, whose client is told nothing but 500.
     */
    where: string
    /** What went wrong. */
    error: MeshError | Error
    /** `x-request-id` of the request that was served. */
    requestId?: string | undefined
  }
}
