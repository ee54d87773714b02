import type { GatewayPath } from '../../config/gateway.js'
import { compileRegex } from '../../core/regex.js'
import type { CompileContext } from '../context.js'
import type { Fields } from '../fields.js'

const pathTypes = ['Exact', 'Prefix', 'ImplementationSpecific'] as const

function pathType(context: CompileContext, fields: Fields): (typeof pathTypes)[number] | undefined {
  if (fields.has('pathType')) return fields.oneOf('pathType', pathTypes)
  const missing = 'The path has no pathType'
  if (context.strict) {
    context.report.error(fields.at, 'missing-path-type', `${missing}; Kubernetes refuses that.`)
    return undefined
  }
  const message = `${missing}: ImplementationSpecific is taken, a plain prefix. Kubernetes would refuse it.`
  context.report.warn(fields.at, 'missing-path-type', message)
  return 'ImplementationSpecific'
}

/**
 * Compiles a path as Kong's Ingress controller does: Prefix by whole segments, ImplementationSpecific as a plain
 * prefix, or as a regular expression after `/~`. Undefined when an error was reported.
 */
export function compilePath(context: CompileContext, fields: Fields, regexPrefix: string): GatewayPath | undefined {
  const type = pathType(context, fields)
  const path = fields.text('path') ?? ''
  if (type === undefined) return undefined
  if (path === '' && type === 'ImplementationSpecific') return { prefix: '/' }
  if (!path.startsWith('/')) {
    fields.error('path', 'invalid-value', 'must begin with "/".')
    return undefined
  }
  if (type === 'Exact') return { exact: path }
  if (type === 'Prefix') return path
  if (!path.startsWith(regexPrefix)) return { prefix: path }
  const regex = path.slice(regexPrefix.length)
  if (!regex.startsWith('/')) {
    fields.error('path', 'invalid-value', `must go on with "/" after "${regexPrefix}".`)
    return undefined
  }
  try {
    compileRegex(regex)
    return { regex }
  } catch (error) {
    const why = error instanceof Error ? error.message : 'it is refused'
    fields.error('path', 'invalid-value', `is no RE2 pattern: ${why}.`)
    return undefined
  }
}
