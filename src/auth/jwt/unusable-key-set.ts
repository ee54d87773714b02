import type { VerificationKey } from '../verification-key.js'

/** A key as a set lists it: one that can be read and is for signatures. */
export type ListedKey = Pick<VerificationKey, 'kid' | 'key'>

/** None of the keys that a set lists can be used. What it does not list any more is withdrawn all the same. */
export class UnusableKeySet extends Error {
  readonly #listed: readonly ListedKey[]

  constructor(reason: string, listed: readonly ListedKey[]) {
    super(`no key of the set can be used: ${reason}`)
    this.#listed = listed
  }

  /** Those of the keys that the set still lists, as the same key under the same id; the same list if it lists all of them. */
  stillListed(keys: readonly VerificationKey[]): readonly VerificationKey[] {
    const kept = keys.filter(({ kid, key }) =>
      this.#listed.some((one) => (kid === undefined || one.kid === kid) && one.key.equals(key)),
    )
    return kept.length === keys.length ? keys : kept
  }
}
