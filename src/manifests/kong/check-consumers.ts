import type { ConsumerOptions } from '../../auth/consumer-options.js'
import { type CompileContext, resourcesOf } from '../context.js'
import type { Resource } from '../resource.js'
import type { CompiledPlugin } from './plugin.js'

const credentialsOf = {
  jwt: (consumer: ConsumerOptions) => consumer.credentials?.jwt ?? [],
  'key-auth': (consumer: ConsumerOptions) => consumer.credentials?.apiKeys ?? [],
} as const

/** Whether there is a KongConsumer of this name; one that is not compiled was left out, and a warning has said why. */
function isDeclared(context: CompileContext, username: string): boolean {
  return resourcesOf(context, 'configuration.konghq.com', 'KongConsumer').some(({ root }) => {
    const value = root.entries.get('username')?.value
    return value?.kind === 'scalar' && value.value === username
  })
}

/** Reports an anonymous consumer that is not there. */
function checkAnonymous(context: CompileContext, { at }: Resource, name: string): void {
  const { report } = context
  // No error: one of many consumers must not keep the others from being served.
  if (isDeclared(context, name))
    report.warn(
      at,
      'invalid-value',
      'The anonymous consumer is left out: calls that would be its own are answered 500.',
    )
  else report.error(at, 'invalid-value', 'The anonymous consumer does not exist: calls could only fail.')
}

/** Reports authentication that nobody can pass, and anonymous consumers that do not exist. */
export function checkConsumers(
  context: CompileContext,
  plugins: readonly CompiledPlugin[],
  consumers: readonly ConsumerOptions[],
): void {
  for (const { plugin, options, resource } of plugins) {
    if (options.name !== 'jwt' && options.name !== 'key-auth') continue
    const anonymous = options.config?.anonymous
    if (anonymous === undefined) {
      if (consumers.some((consumer) => credentialsOf[options.name](consumer).length > 0)) continue
      const message = `No KongConsumer has a credential for ${plugin}, so every call is 401.`
      context.report.warn(resource.at, 'no-consumers', message)
    } else if (!consumers.some(({ username, id }) => [username, id].includes(anonymous)))
      checkAnonymous(context, resource, anonymous)
  }
}
