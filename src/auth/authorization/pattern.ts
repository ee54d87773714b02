/** A test of one value; `undefined` stands for a missing one and never passes. */
export type ValueTest = (value: string | undefined) => boolean

/** Compiles Istio's string forms: exact, `prefix*`, `*suffix`, and `*` for present and not empty. */
export function compilePattern(pattern: string): ValueTest {
  if (pattern === '*') return (value) => value !== undefined && value !== ''
  if (pattern.endsWith('*')) {
    const prefix = pattern.slice(0, -1)
    return (value) => value?.startsWith(prefix) === true
  }
  if (pattern.startsWith('*')) {
    const suffix = pattern.slice(1)
    return (value) => value?.endsWith(suffix) === true
  }
  return (value) => value === pattern
}

/** Whether one of the patterns passes. */
export function compilePatterns(patterns: readonly string[]): ValueTest {
  const tests = patterns.map(compilePattern)
  const [only] = tests
  return only !== undefined && tests.length === 1 ? only : (value) => tests.some((test) => test(value))
}

/** Whether one of the words between spaces passes. */
export function someWord(test: ValueTest): ValueTest {
  return function wordPasses(text = '') {
    let start = 0
    for (let end = text.indexOf(' '); end !== -1; end = text.indexOf(' ', start)) {
      if (test(text.slice(start, end))) return true
      start = end + 1
    }
    return test(text.slice(start))
  }
}

/** A token's issuer and subject, each empty when the token has none. */
export interface RequestPrincipal {
  readonly issuer: string
  readonly subject: string
}

/**
 * Compiles a pattern for `iss/sub`. It is split at its last slash, as Istio does, so that an issuer which may choose
 * its subjects cannot spell another one.
 */
export function compileRequestPrincipal(pattern: string): (principal: RequestPrincipal) => boolean {
  if (pattern === '*') return ({ issuer, subject }) => issuer !== '' && subject !== ''
  const slash = pattern.lastIndexOf('/')
  if (slash === -1) {
    const test = compilePattern(pattern)
    if (pattern.startsWith('*')) return ({ subject }) => test(subject)
    if (pattern.endsWith('*')) return ({ issuer }) => test(issuer)
    return ({ issuer, subject }) => test(issuer) && subject === ''
  }
  const issuerTest = compilePattern(pattern.slice(0, slash))
  const subjectTest = compilePattern(pattern.slice(slash + 1))
  return ({ issuer, subject }) => issuerTest(issuer) && subjectTest(subject)
}
