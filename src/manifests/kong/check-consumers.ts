import type { ConsumerOptions } from '../../auth/consumer-options.js'
import type { CompileContext } from '../context.js'
import type { CompiledPlugin } from './plugin.js'

const credentialsOf = {
  jwt: (consumer: ConsumerOptions) => consumer.credentials?.jwt ?? [],
  'key-auth': (consumer: ConsumerOptions) => consumer.credentials?.apiKeys ?? [],
} as const

/** Reports authentication that nobody can pass, and anonymous consumers that do not exist. */
export function checkConsumers(
  { report }: CompileContext,
  plugins: readonly CompiledPlugin[],
  consumers: readonly ConsumerOptions[],
): void {
  for (const { plugin, options, resource } of plugins) {
    if (options.name !== 'jwt' && options.name !== 'key-auth') continue
    const anonymous = options.config?.anonymous
    if (anonymous === undefined) {
      if (consumers.some((consumer) => credentialsOf[options.name](consumer).length > 0)) continue
      const message = `No KongConsumer has a credential for ${plugin}, so every call is 401.`
      report.warn(resource.at, 'no-consumers', message)
    } else if (!consumers.some(({ username, id }) => [username, id].includes(anonymous))) {
      report.error(resource.at, 'invalid-value', 'The anonymous consumer does not exist: calls could only fail.')
    }
  }
}
