import type { ApiKeyOptions } from '../../../auth/api-key/options.js'
import { knownPlugins } from '../known-plugins.js'
import type { PluginCompiler } from './compiler.js'

/** Kong's key-auth: a consumer's key in a header or the query. Since 3.14 the upstream does not see it. */
export const keyAuth: PluginCompiler = {
  priority: 1250,
  vocabulary: {
    known: knownPlugins['key-auth']?.fields ?? [],
    unsupported: {
      identity_realms: { severity: 'error', message: 'Keys are those of the consumers beside this plugin.' },
      principals: { severity: 'error', message: 'Keys are those of the consumers beside this plugin.' },
    },
  },
  fields: { headers: 'key_names', query: 'key_names', realm: 'realm' },
  compile(config, { context }) {
    const names = config.texts('key_names') ?? ['apikey']
    const headers = (config.flag('key_in_header') ?? true) ? names : []
    const query = (config.flag('key_in_query') ?? true) ? names : []
    if (config.flag('key_in_body') === true)
      config.warn('key_in_body', 'unsupported-field', 'Keys in bodies are not looked for.')
    if (headers.length === 0 && query.length === 0) {
      config.error('key_names', 'invalid-value', 'A key must be allowed in a header or in the query.')
      return undefined
    }
    const realm = config.text('realm')
    const anonymous = config.text('anonymous')
    const options: ApiKeyOptions = {
      dialect: 'kong',
      headers,
      query,
      hideCredentials: config.flag('hide_credentials') ?? context.kong === '3.14',
      runOnPreflight: config.flag('run_on_preflight') ?? true,
      ...(realm === undefined || realm === '' ? {} : { realm }),
      ...(anonymous === undefined || anonymous === '' ? {} : { anonymous }),
    }
    return { name: 'key-auth', config: options }
  },
}
