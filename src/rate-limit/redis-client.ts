/**
 * A Redis client of the user's own, told apart by shape: ioredis (`defineCommand`), or node-redis 4 and later
 * (`sendCommand`, `isReady`). It is never connected, configured or closed here.
 */
export interface RedisClient {
  /** Both kinds are event emitters. */
  on(event: 'error', listener: (error: unknown) => void): unknown
  /** Tells whether the user listens to errors himself. */
  listenerCount?(event: 'error'): number
}

/** Which of the two client packages an instance is of. */
export type RedisPackage = 'ioredis' | 'node-redis'

function has(value: object, name: string): boolean {
  return typeof Reflect.get(value, name) === 'function'
}

/** Tells which package a client is of; undefined for anything else. */
export function redisPackage(value: unknown): RedisPackage | undefined {
  if (typeof value !== 'object' || value === null || !has(value, 'on') || !has(value, 'eval')) return undefined
  if (has(value, 'defineCommand')) return 'ioredis'
  return has(value, 'sendCommand') ? 'node-redis' : undefined
}

/** Whether a value is a client that limits can be counted through. */
export function isRedisClient(value: unknown): value is RedisClient {
  return redisPackage(value) !== undefined
}
