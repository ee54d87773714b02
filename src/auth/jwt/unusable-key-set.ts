import type { VerificationKey } from '../verification-key.js'

/** A key as a set lists it: by its id, or else by itself where it can be read. */
export interface ListedKey {
  readonly kid: string | undefined
  readonly key: VerificationKey['key'] | undefined
}

/** None of the keys that a set lists can be used. What it does not list any more is withdrawn all the same. */
export class UnusableKeySet extends Error {
  readonly #listed: readonly ListedKey[]

  constructor(reason: string, listed: readonly ListedKey[]) {
    super(`no key of the set can be used: ${reason}`)
    this.#listed = listed
  }

  /** Those of the keys that the set still lists; the same list if it lists all of them. */
  stillListed(keys: readonly VerificationKey[]): readonly VerificationKey[] {
    const kept = keys.filter(({ kid, key }) =>
      this.#listed.some((one) => (kid === undefined ? one.key?.equals(key) === true : one.kid === kid)),
    )
    return kept.length === keys.length ? keys : kept
  }
}
