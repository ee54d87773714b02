import { flag, instance, object, oneOf, record, type Schema, text } from '../core/schema/index.js'
import { type EndpointOptions, endpointList } from '../discovery/index.js'
import { isRedisClient, type RedisClient } from '../rate-limit/redis-client.js'

/** How manifests are read. */
export interface LoadManifestsOptions {
  /** Namespace of resources that name none; its services keep their short names. Default `default`. */
  namespace?: string | undefined
  /** Where services are, by host in any form: `reviews`, `reviews.shop`, `reviews.shop.svc.cluster.local`. */
  endpoints?: Readonly<Record<string, readonly EndpointOptions[]>> | undefined
  /** Whose defaults Kong's plugins have. Default `3.9`. */
  kong?: '3.9' | '3.14' | undefined
  /** Do as the peer would where it refuses or fails, instead of helping out. Default false. */
  strict?: boolean | undefined
  /** ioredis or node-redis client, in place of every Redis that a manifest names. Default: the mesh's own. */
  redis?: RedisClient | undefined
  /** Default `cluster.local`. */
  clusterDomain?: string | undefined
}

/** Schema of `LoadManifestsOptions`. */
export const loadManifestsOptions: Schema<LoadManifestsOptions> = object<LoadManifestsOptions>({
  namespace: text,
  endpoints: record(endpointList),
  kong: oneOf('3.9', '3.14'),
  strict: flag,
  redis: instance<RedisClient>('an ioredis or node-redis client', isRedisClient),
  clusterDomain: text,
})
