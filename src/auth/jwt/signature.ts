import type { VerificationKey } from '../verification-key.js'
import { InvalidToken } from './invalid-token.js'
import type { ParsedToken } from './profile.js'

let loading: Promise<typeof import('jose')> | undefined

/** jose, loaded when the first token comes. */
function loadJose(): Promise<typeof import('jose')> {
  loading ??= import('jose')
  return loading
}

/** Proves that one of the keys signed the token. Throws `InvalidToken`. */
export async function verifySignature(parsed: ParsedToken, keys: readonly VerificationKey[]): Promise<void> {
  const { compactVerify } = await loadJose()
  const options = { algorithms: [parsed.header.alg] }
  for (const { key } of keys)
    try {
      await compactVerify(parsed.token, key, options)
      return
    } catch {
      // Another key of the set may fit; that none did is told below, and why it did not would help only a forger.
    }
  throw new InvalidToken('signature', 'the signature does not verify')
}
