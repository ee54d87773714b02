import { compileBlocks } from './addresses.js'
import { compileCondition } from './condition.js'
import { compilePaths, type Leaning, opposite } from './leaning.js'
import type { AuthorizationOperation, AuthorizationRule, AuthorizationSource } from './options.js'
import { compilePattern, compilePatterns, compileRequestPrincipal } from './pattern.js'
import { hostAsked, hostsAsked, namespaceOf, requestPrincipalOf, type SubjectTest } from './subject.js'

type Compile<T> = (values: readonly T[], leaning: Leaning) => SubjectTest

/** A field and its `not` twin: the one must match and the other must not. */
function field<T>(
  yes: readonly T[] | undefined,
  no: readonly T[] | undefined,
  leaning: Leaning,
  compile: Compile<T>,
): SubjectTest[] {
  const tests: SubjectTest[] = []
  if (yes !== undefined) tests.push(compile(yes, leaning))
  if (no !== undefined) {
    const excepted = compile(no, opposite(leaning))
    tests.push((subject) => !excepted(subject))
  }
  return tests
}

const principals: Compile<string> = (values) => {
  const test = compilePatterns(values.map((value) => value.replace(/^spiffe:\/\//, '')))
  return (subject) => test(subject.peer?.principal)
}
const requestPrincipals: Compile<string> = (values) => {
  const tests = values.map(compileRequestPrincipal)
  return (subject) => subject.claims !== undefined && tests.some((test) => test(requestPrincipalOf(subject)))
}
const namespaces: Compile<string> = (values) => {
  const test = compilePatterns(values)
  return (subject) => test(namespaceOf(subject))
}
const connectionBlocks: Compile<string> = (values) => {
  const test = compileBlocks(values)
  return (subject) => test(subject.remoteAddress)
}
const clientBlocks: Compile<string> = (values) => {
  const test = compileBlocks(values)
  return (subject) => test(subject.clientAddress)
}
const methods: Compile<string> = (values) => {
  const test = compilePatterns(values)
  return (subject) => test(subject.method)
}
const paths: Compile<string> = (values, leaning) => {
  const test = compilePaths(values, leaning)
  return (subject) => test(subject.path)
}
const hosts: Compile<string> = (values, leaning) => {
  const tests = values.map((value) => compilePattern(value.toLowerCase()))
  const some = (host: string): boolean => tests.some((test) => test(host))
  return leaning === 'wide' ? (subject) => hostsAsked(subject).some(some) : (subject) => some(hostAsked(subject))
}
const ports: Compile<number> = (values) => {
  const set = new Set(values)
  return (subject) => set.has(subject.localPort)
}

function all(tests: readonly SubjectTest[]): SubjectTest {
  const [only] = tests
  return only !== undefined && tests.length === 1 ? only : (subject) => tests.every((test) => test(subject))
}

function oneOf(tests: readonly SubjectTest[] | undefined): SubjectTest[] {
  if (tests === undefined) return []
  return tests.length === 1 ? [...tests] : [(subject) => tests.some((test) => test(subject))]
}

function compileSource(source: AuthorizationSource, leaning: Leaning): SubjectTest {
  return all([
    ...field(source.principals, source.notPrincipals, leaning, principals),
    ...field(source.requestPrincipals, source.notRequestPrincipals, leaning, requestPrincipals),
    ...field(source.namespaces, source.notNamespaces, leaning, namespaces),
    ...field(source.ipBlocks, source.notIpBlocks, leaning, connectionBlocks),
    ...field(source.remoteIpBlocks, source.notRemoteIpBlocks, leaning, clientBlocks),
  ])
}

function compileOperation(operation: AuthorizationOperation, leaning: Leaning): SubjectTest {
  return all([
    ...field(operation.methods, operation.notMethods, leaning, methods),
    ...field(operation.paths, operation.notPaths, leaning, paths),
    ...field(operation.hosts, operation.notHosts, leaning, hosts),
    ...field(operation.ports, operation.notPorts, leaning, ports),
  ])
}

/** Compiles a rule once: from AND to AND when. */
export function compileRule(rule: AuthorizationRule, leaning: Leaning): SubjectTest {
  return all([
    ...oneOf(rule.from?.map((source) => compileSource(source, leaning))),
    ...oneOf(rule.to?.map((operation) => compileOperation(operation, leaning))),
    ...(rule.when ?? []).map((condition) => compileCondition(condition, leaning)),
  ])
}
