/** One of the workers: an application behind the policies of `inbound`, like any other. */
import cluster from 'node:cluster'
import { AggregatorRegistry } from 'prom-client'
import { createClient } from 'redis'
import { createMesh } from 'sidecarless'

const { REDIS_SOCKET: path } = process.env
const redis = path === '' ? undefined : await createClient({ socket: { path } }).connect()
const store = redis === undefined ? 'memory' : 'redis'

const mesh = createMesh({
  service: 'shop',
  redis,
  config: {
    inbound: {
      rateLimits: [{ name: 'client', limit: 20, per: '1m', window: 'first-hit', store, storeTimeout: '2s' }],
    },
  },
})

// It answers the primary that collects metrics: counters and histograms are summed, of gauges the largest counts.
new AggregatorRegistry()
AggregatorRegistry.setRegistries(mesh.metrics)

const id = String(cluster.worker.id)
await mesh.server((_request, response) => response.setHeader('x-worker', id).end('tea')).listen({ host: '127.0.0.1' })

process.once('disconnect', async () => {
  await mesh.close()
  await redis?.close()
})
