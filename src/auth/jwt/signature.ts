import type { VerificationKey } from '../verification-key.js'
import { InvalidToken } from './invalid-token.js'
import type { ParsedToken } from './profile.js'

let loading: Promise<typeof import('jose')> | undefined

/** jose, loaded when the first token comes. */
function loadJose(): Promise<typeof import('jose')> {
  loading ??= import('jose')
  return loading
}

/** The one of the keys that signed the token. Throws `InvalidToken` when none did. */
export async function verifySignature(parsed: ParsedToken, keys: readonly VerificationKey[]): Promise<VerificationKey> {
  const { compactVerify } = await loadJose()
  const options = { algorithms: [parsed.header.alg] }
  for (const key of keys)
    try {
      await compactVerify(parsed.token, key.key, options)
      return key
    } catch {
      // Another key of the set may fit; that none did is told below, and why it did not would help only a forger.
    }
  throw new InvalidToken('signature', 'the signature does not verify')
}
