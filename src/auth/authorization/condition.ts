import { compileBlocks } from './addresses.js'
import { type ConditionKey, parseKey } from './condition-key.js'
import { compileHeader, type Leaning, opposite } from './leaning.js'
import type { AuthorizationCondition } from './options.js'
import { compilePatterns, compileRequestPrincipal, someWord } from './pattern.js'
import { namespaceOf, requestPrincipalOf, type SubjectTest, someClaimText } from './subject.js'

/** One of the claim's texts passes; of `scope` and `permission` a word of them. */
function claim(path: readonly string[], values: readonly string[]): SubjectTest {
  const last = path[path.length - 1]
  const pattern = compilePatterns(values)
  const test = last === 'scope' || last === 'permission' ? someWord(pattern) : pattern
  return (subject) => someClaimText(subject, path, test)
}

function compileValues(key: ConditionKey, values: readonly string[], leaning: Leaning): SubjectTest {
  switch (key.kind) {
    case 'header': {
      const test = compileHeader(key.name, values, leaning)
      return (subject) => test(subject.headers.getAll(key.name))
    }
    case 'claim':
      return claim(key.path, values)
    case 'audiences':
      return claim(['aud'], values)
    case 'presenter':
      return claim(['azp'], values)
    case 'request-principal': {
      const tests = values.map(compileRequestPrincipal)
      return (subject) => subject.claims !== undefined && tests.some((test) => test(requestPrincipalOf(subject)))
    }
    case 'principal': {
      const test = compilePatterns(values.map((value) => value.replace(/^spiffe:\/\//, '')))
      return (subject) => test(subject.peer?.principal)
    }
    case 'namespace': {
      const test = compilePatterns(values)
      return (subject) => test(namespaceOf(subject))
    }
    case 'port': {
      const test = compilePatterns(values)
      return (subject) => test(String(subject.localPort))
    }
    case 'source-ip': {
      const test = compileBlocks(values)
      return (subject) => test(subject.remoteAddress)
    }
    case 'remote-ip': {
      const test = compileBlocks(values)
      return (subject) => test(subject.clientAddress)
    }
  }
}

/** Compiles a condition once: one of its values passes, and none of its exceptions. */
export function compileCondition(condition: AuthorizationCondition, leaning: Leaning): SubjectTest {
  const key = parseKey(condition.key)
  if (key === undefined) throw new RangeError(`not a condition: ${condition.key}`)
  const { values, notValues } = condition
  const positive = values === undefined ? undefined : compileValues(key, values, leaning)
  const excepted = notValues === undefined ? undefined : compileValues(key, notValues, opposite(leaning))
  return (subject) => positive?.(subject) !== false && excepted?.(subject) !== true
}
