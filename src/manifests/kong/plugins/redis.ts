import type { RateLimitOptions } from '../../../rate-limit/options.js'
import type { Fields, Vocabulary } from '../../fields.js'
import { flatRedisFields } from '../known-plugins.js'
import type { PluginSource } from './compiler.js'

const vocabulary: Vocabulary = {
  known: ['host', 'port', 'username', 'password', 'database', 'timeout', 'ssl', 'ssl_verify', 'server_name'],
  unsupported: {
    cloud_authentication: { severity: 'warning', message: 'The client given as `redis` is the one that is used.' },
  },
}

/** Kong's default is a hundred times the native one. */
function timeoutMs(config: Fields, redis: Fields | undefined): number {
  const range = { min: 1, max: 2_147_483_646 }
  return redis?.integer('timeout', range) ?? config.integer('redis_timeout', range) ?? 2_000
}

/**
 * Where a limit with `policy: redis` is counted: through the client that the user gave, never through one of our own
 * making. Without a client, or while it does not answer, this process counts alone; under `strict` nobody does, as
 * with Kong's `fault_tolerant`.
 */
export function compileRedis(
  config: Fields,
  { context }: PluginSource,
): Pick<RateLimitOptions, 'store' | 'storeTimeout' | 'failureMode'> {
  const flat = flatRedisFields.find((name) => config.has(name))
  if (flat !== undefined) {
    const today = `redis.${flat.slice('redis_'.length)}`
    config.warn(flat, 'flat-redis-host', `"${flat}" is the old spelling of "${today}"; it is read as that.`)
  }
  const redis = config.fields('redis', vocabulary)
  const host = redis?.text('host') ?? config.text('redis_host')
  const at = redis?.has('host') === true ? 'redis' : 'redis_host'
  if (host === undefined) config.error('policy', 'missing-field', 'The policy "redis" needs "redis.host".')
  const tolerant = config.flag('fault_tolerant') ?? true
  const failureMode = !tolerant ? 'closed' : context.strict ? 'open' : 'local'
  if (context.redis === undefined && host !== undefined) {
    const until = { closed: 'calls are refused', open: 'nothing is counted', local: 'this process counts alone' }
    const message = `No client was given as \`redis\` in place of "${host}": until there is one, ${until[failureMode]}.`
    config.warn(at, 'local-counting', message)
  }
  return { store: context.redis ?? 'redis', failureMode, storeTimeout: timeoutMs(config, redis) }
}
