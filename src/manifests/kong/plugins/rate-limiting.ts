import { type RateLimitBy, type RateLimitOptions, rateLimitPeriods } from '../../../rate-limit/options.js'
import type { Fields } from '../../fields.js'
import { knownPlugins } from '../known-plugins.js'
import type { PluginCompiler } from './compiler.js'
import { compileRedis, readRedis } from './redis.js'

const words = ['consumer', 'credential', 'ip', 'service', 'header', 'path', 'consumer-group'] as const

function compileLimits(config: Fields): RateLimitOptions['limits'] {
  const limits: NonNullable<RateLimitOptions['limits']> = {}
  let shorter: { period: string; limit: number } | undefined
  for (const period of rateLimitPeriods) {
    const limit = config.integer(period, { min: 1 })
    if (limit === undefined) continue
    limits[period] = limit
    if (shorter !== undefined && limit < shorter.limit)
      config.error(
        period,
        'invalid-value',
        `The limit for ${period}(${limit}) cannot be lower than the limit for ${shorter.period}(${shorter.limit}).`,
      )
    shorter = { period, limit }
  }
  if (shorter !== undefined) return limits
  config.error('minute', 'missing-field', `One of ${rateLimitPeriods.join(', ')} is required.`)
  return undefined
}

function compileBy(config: Fields): RateLimitBy | undefined {
  const by = config.oneOf('limit_by', words) ?? 'consumer'
  const header = by === 'header' ? config.requiredText('header_name') : config.text('header_name')
  const path = by === 'path' ? config.requiredText('path') : config.text('path')
  if (by === 'consumer-group') {
    config.error('limit_by', 'unsupported-field', 'Consumer groups share no counters yet.')
    return undefined
  }
  if (by === 'header') return header === undefined ? undefined : { header }
  if (by === 'path') return path === undefined ? undefined : { path }
  return by
}

/** Kong's rate-limiting: calendar windows in UTC, for a consumer unless told otherwise, else for an address. */
export const rateLimiting: PluginCompiler = {
  priority: 910,
  vocabulary: { known: knownPlugins['rate-limiting']?.fields ?? [] },
  fields: { errorMessage: 'error_message', 'by.header': 'header_name' },
  compile(config, source) {
    const limits = compileLimits(config)
    const by = compileBy(config)
    const policy = config.oneOf('policy', ['local', 'cluster', 'redis']) ?? 'local'
    if (policy === 'cluster')
      config.warn('policy', 'local-counting', 'There is no database to share counters in: this process counts alone.')
    const syncRate = config.number('sync_rate') ?? -1
    if (syncRate !== -1)
      config.warn('sync_rate', 'unsupported-field', 'Every call is counted in Redis at once: the field is ignored.')
    const errorCode = config.integer('error_code', { min: 400, max: 599 }) ?? 429
    const redis = readRedis(config)
    const store = policy === 'redis' ? compileRedis(redis, config, source) : { store: 'memory' as const }
    const hidden = config.flag('hide_client_headers') ?? false
    const errorMessage = config.text('error_message') ?? 'API rate limit exceeded'
    if (limits === undefined || by === undefined) return undefined
    const options: RateLimitOptions = {
      name: source.name,
      limits,
      by,
      ...store,
      headers: hidden ? false : 'kong',
      errorCode,
      errorMessage,
    }
    return { name: 'rate-limiting', config: options }
  },
}
