import type { ClientCall } from '../../core/call.js'
import { type Hash64, mixHashes, zeroHash } from '../../core/hash/hash64.js'
import { xxHash64 } from '../../core/hash/xxhash64.js'
import { queryValue } from '../../core/query.js'
import type { Random } from '../../core/random.js'
import { cookieHash } from './cookie.js'
import type { HashOf } from './hash-of.js'
import { headerHash } from './header.js'
import type { HashPolicy, QueryHash } from './options.js'

const mapped = /^::ffff:(?=\d+\.)/i

function queryHash({ query }: QueryHash): HashOf {
  return function hashQuery(call) {
    const value = queryValue(call.path, query)
    return value === undefined ? undefined : xxHash64(value)
  }
}

/** An IPv4 address counts the same when it came over an IPv6 socket. */
function hashSourceIp(call: ClientCall): Hash64 | undefined {
  const { clientAddress } = call
  return clientAddress === undefined ? undefined : xxHash64(clientAddress.replace(mapped, ''))
}

function compile(policy: HashPolicy, random: Random): HashOf {
  if ('header' in policy) return headerHash(policy)
  if ('cookie' in policy) return cookieHash(policy, random)
  if ('query' in policy) return queryHash(policy)
  return hashSourceIp
}

/**
 * Compiles hash policies into one function, with Envoy's rules: what several find is mixed, and a `terminal` one ends the
 * list once anything has been found. Undefined when nothing was: such a call goes anywhere.
 */
export function compileHashPolicies(policies: readonly HashPolicy[], random: Random): HashOf {
  const steps = policies.map((policy) => ({ hashOf: compile(policy, random), terminal: policy.terminal === true }))
  const [only] = steps
  if (only !== undefined && steps.length === 1) return only.hashOf

  return function hashCall(call) {
    let hash: Hash64 | undefined
    for (const { hashOf, terminal } of steps) {
      const found = hashOf(call)
      if (found !== undefined) hash = mixHashes(hash ?? zeroHash, found)
      if (terminal && hash !== undefined) break
    }
    return hash
  }
}
