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

/** What matters of a plugin's Redis when the client is the user's own. */
export interface RedisFields {
  readonly host: string | undefined
  readonly timeoutMs: number
  /** Whether calls pass while it does not answer. */
  readonly tolerant: boolean
}

function readSpelling(fields: Fields, prefix: string): { host: string | undefined; timeoutMs: number | undefined } {
  for (const name of ['username', 'password', 'server_name']) fields.text(prefix + name)
  for (const name of ['ssl', 'ssl_verify']) fields.flag(prefix + name)
  fields.integer(`${prefix}port`, { min: 0, max: 65_535 })
  fields.integer(`${prefix}database`)
  return {
    host: fields.text(`${prefix}host`),
    timeoutMs: fields.integer(`${prefix}timeout`, { min: 1, max: 2_147_483_646 }),
  }
}

/** Reads all that a plugin says of Redis, so that what is wrong is reported whatever the policy. */
export function readRedis(config: Fields): RedisFields {
  const old = flatRedisFields.find((name) => config.has(name))
  if (old !== undefined) {
    const today = `redis.${old.slice('redis_'.length)}`
    config.warn(old, 'flat-redis-host', `"${old}" is the old spelling of "${today}"; it is read as that.`)
  }
  const redis = config.fields('redis', vocabulary)
  const nested = redis === undefined ? undefined : readSpelling(redis, '')
  const flat = readSpelling(config, 'redis_')
  return {
    host: nested?.host ?? flat.host,
    // Kong's default is a hundred times the native one.
    timeoutMs: nested?.timeoutMs ?? flat.timeoutMs ?? 2_000,
    tolerant: config.flag('fault_tolerant') ?? true,
  }
}

/**
 * Where a limit with `policy: redis` is counted: through the client that the user gave, never through one of our own
 * making. Without a client, or while it does not answer, this process counts alone; under `strict` nobody does, as
 * with Kong's `fault_tolerant`.
 */
export function compileRedis(
  { host, timeoutMs, tolerant }: RedisFields,
  config: Fields,
  { context }: PluginSource,
): Pick<RateLimitOptions, 'store' | 'storeTimeout' | 'failureMode'> {
  if (host === undefined) config.error('policy', 'missing-field', 'The policy "redis" needs "redis.host".')
  const failureMode = !tolerant ? 'closed' : context.strict ? 'open' : 'local'
  if (context.redis === undefined && host !== undefined) {
    const until = { closed: 'calls are refused', open: 'nothing is counted', local: 'this process counts alone' }
    const message = `No client was given as \`redis\` in place of "${host}": until there is one, ${until[failureMode]}.`
    config.warn(config.has('redis') ? 'redis' : 'redis_host', 'local-counting', message)
  }
  return { store: context.redis ?? 'redis', failureMode, storeTimeout: timeoutMs }
}
