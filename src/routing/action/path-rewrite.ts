import { compileRegex } from '../../core/regex.js'
import { compileRewrite } from '../../core/rewrite.js'
import { pathOf } from '../../core/url.js'
import type { RewriteOptions } from './options.js'

/** Makes the new path of a path, both without query. `prefix` is what the route asked for; undefined for the whole path. */
export type PathRewrite = (path: string, prefix: string | undefined) => string

function withoutSlash(text: string): string {
  return text.endsWith('/') ? text.slice(0, -1) : text
}

/** Replaces a prefix by whole segments (Gateway API `ReplacePrefixMatch`). */
export function replaceSegments(replacement: string): PathRewrite {
  const put = withoutSlash(replacement)
  return function byWholeSegments(path, prefix) {
    return put + path.slice(withoutSlash(prefix ?? path).length)
  }
}

/** Compiles what a rewrite does to the path; undefined for nothing. A new path begins with `/` in any case. */
export function compilePathRewrite(options: RewriteOptions): PathRewrite | undefined {
  const { matched, path: whole, pathPrefix, regex } = options
  if (matched !== undefined)
    return (path, prefix) => (prefix === undefined ? matched : matched + path.slice(prefix.length))
  if (whole !== undefined) return () => whole
  if (pathPrefix !== undefined) return replaceSegments(pathPrefix)
  if (regex === undefined) return undefined
  return compileRewrite(compileRegex(regex.pattern), regex.substitution)
}

/** The target, query included, after a rewrite of its path. */
export function rewriteTarget(target: string, rewrite: PathRewrite, prefix: string | undefined): string {
  const path = pathOf(target)
  const rewritten = rewrite(path, prefix)
  return (rewritten.startsWith('/') ? rewritten : `/${rewritten}`) + target.slice(path.length)
}
