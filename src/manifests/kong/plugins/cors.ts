import { withoutBlanks } from '../../../core/blanks.js'
import type { CorsOptions } from '../../../edge/cors/options.js'
import { knownPlugins } from '../known-plugins.js'
import type { PluginCompiler } from './compiler.js'

const methods = ['GET', 'HEAD', 'PUT', 'PATCH', 'POST', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT']

/** Kong joins its list with commas, and takes items that are such lists. */
function namesOf(items: readonly string[] | undefined): string[] | undefined {
  return items?.flatMap((item) => item.split(',').map(withoutBlanks))
}

/** Kong's cors: answers preflights before any authentication; every method unless told otherwise. */
export const cors: PluginCompiler = {
  priority: 2000,
  vocabulary: { known: knownPlugins.cors?.fields ?? [] },
  fields: { origins: 'origins', methods: 'methods', headers: 'headers', exposedHeaders: 'exposed_headers' },
  compile(config) {
    const origins = config.texts('origins') ?? []
    const allowed = config.texts('methods') ?? []
    const headers = namesOf(config.texts('headers'))
    const exposedHeaders = namesOf(config.texts('exposed_headers'))
    const maxAge = config.number('max_age', { min: 0, max: 2_147_483 })
    for (const method of allowed)
      if (!methods.includes(method)) config.error('methods', 'invalid-value', `must be among ${methods.join(', ')}.`)
    const options: CorsOptions = {
      dialect: 'kong',
      origins: origins.length === 0 ? ['*'] : origins,
      methods: allowed.length === 0 ? methods : allowed,
      credentials: config.flag('credentials') ?? false,
      privateNetwork: config.flag('private_network') ?? false,
      preflightContinue: config.flag('preflight_continue') ?? false,
      allowOriginAbsent: config.flag('allow_origin_absent') ?? true,
      ...(headers === undefined ? {} : { headers }),
      ...(exposedHeaders === undefined ? {} : { exposedHeaders }),
      ...(maxAge === undefined ? {} : { maxAge: Math.floor(maxAge) * 1_000 }),
    }
    return { name: 'cors', config: options }
  },
}
