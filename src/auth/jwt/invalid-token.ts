/** Why a token does not count: bounded, for metrics and logs. */
export type InvalidTokenReason =
  | 'missing'
  | 'ambiguous'
  | 'malformed'
  | 'too_large'
  | 'header'
  | 'typ'
  | 'alg'
  | 'issuer'
  | 'key'
  | 'signature'
  | 'audience'
  | 'subject'
  | 'claims'
  | 'expired'
  | 'not_yet_valid'
  | 'lifetime'

/** A token that does not count. The message says why and repeats nothing of the token. */
export class InvalidToken extends Error {
  readonly reason: InvalidTokenReason

  constructor(reason: InvalidTokenReason, message: string) {
    super(message)
    this.reason = reason
  }
}
