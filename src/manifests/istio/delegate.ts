import type { HttpMatch } from './http-match.js'
import type { HttpRule } from './http-rule.js'
import type { IstioMatch } from './string-match.js'

type Tests = ReadonlyMap<string, IstioMatch>

/** Whether the calls that a delegate's test takes are not all among those of the root's test. */
function conflicts(root: IstioMatch | undefined, leaf: IstioMatch | undefined): boolean {
  if (root === undefined || leaf === undefined) return false
  if (root.regex !== undefined || leaf.regex !== undefined) return true
  if (root.exact !== undefined && root.exact !== '') return leaf.exact !== root.exact
  if (root.prefix !== undefined && root.prefix !== '') return !(leaf.prefix ?? leaf.exact ?? '').startsWith(root.prefix)
  return true
}

function mapsConflict(root: Tests, leaf: Tests): boolean {
  return [...leaf].some(([key, match]) => conflicts(root.get(key), match))
}

function sourcesConflict(root: HttpMatch, leaf: HttpMatch): boolean {
  if (root.sourceNamespace !== undefined && root.sourceNamespace !== leaf.sourceNamespace) return true
  for (const [key, value] of leaf.sourceLabels) if ((root.sourceLabels.get(key) ?? value) !== value) return true
  return root.gateways.length > 0 && leaf.gateways.some((gateway) => !root.gateways.includes(gateway))
}

function blocksConflict(root: HttpMatch, leaf: HttpMatch): boolean {
  if ((['uri', 'scheme', 'method', 'authority'] as const).some((field) => conflicts(root[field], leaf[field])))
    return true
  if ((['headers', 'withoutHeaders', 'queryParams'] as const).some((field) => mapsConflict(root[field], leaf[field])))
    return true
  if (root.ignoreUriCase !== leaf.ignoreUriCase) return true
  if (root.port !== undefined && leaf.port !== undefined && root.port !== leaf.port) return true
  return sourcesConflict(root, leaf)
}

function joinNames(root: string | undefined, leaf: string | undefined): string | undefined {
  return root === undefined || leaf === undefined ? (leaf ?? root) : `${root}-${leaf}`
}

function mergeBlocks(root: HttpMatch, leaf: HttpMatch): HttpMatch {
  return {
    at: leaf.at,
    name: joinNames(root.name, leaf.name),
    uri: leaf.uri ?? root.uri,
    ignoreUriCase: leaf.ignoreUriCase,
    scheme: leaf.scheme ?? root.scheme,
    method: leaf.method ?? root.method,
    authority: leaf.authority ?? root.authority,
    headers: new Map([...root.headers, ...leaf.headers]),
    withoutHeaders: new Map([...root.withoutHeaders, ...leaf.withoutHeaders]),
    queryParams: new Map([...root.queryParams, ...leaf.queryParams]),
    port: leaf.port ?? root.port,
    sourceLabels: new Map([...root.sourceLabels, ...leaf.sourceLabels]),
    sourceNamespace: leaf.sourceNamespace ?? root.sourceNamespace,
    gateways: leaf.gateways.length > 0 ? leaf.gateways : root.gateways,
  }
}

/** Every block of the delegate with every block of the root that it fits; undefined when one fits none of them. */
function mergeMatches(root: readonly HttpMatch[], leaf: readonly HttpMatch[]): readonly HttpMatch[] | undefined {
  if (root.length === 0) return leaf
  if (leaf.length === 0) return root
  const merged: HttpMatch[] = []
  for (const block of leaf) {
    const fitting = root.filter((one) => !blocksConflict(one, block))
    if (fitting.length === 0) return undefined
    merged.push(...fitting.map((one) => mergeBlocks(one, block)))
  }
  return merged
}

/**
 * The rule that comes of a root's rule and one of its delegate's: the conditions of both, and what the delegate does not
 * say, the root does. Undefined when the delegate's conditions do not lie within the root's: the rule is dropped.
 */
export function mergeRules(root: HttpRule, leaf: HttpRule): HttpRule | undefined {
  const match = mergeMatches(root.match, leaf.match)
  if (match === undefined) return undefined
  return {
    at: leaf.at,
    name: joinNames(root.name, leaf.name),
    match,
    split: leaf.split,
    redirect: leaf.redirect,
    directResponse: leaf.directResponse ?? root.directResponse,
    delegate: undefined,
    rewrite: leaf.rewrite ?? root.rewrite,
    timeoutMs: leaf.timeoutMs ?? root.timeoutMs,
    retries: leaf.retries ?? root.retries,
    fault: leaf.fault ?? root.fault,
    mirror: leaf.mirror ?? root.mirror,
    mirrorShare: leaf.mirrorShare ?? root.mirrorShare,
    mirrors: leaf.mirrors ?? root.mirrors,
    cors: leaf.cors ?? root.cors,
    headers: leaf.headers ?? root.headers,
  }
}
