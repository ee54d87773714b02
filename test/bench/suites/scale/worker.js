/** One worker: the application of the other suites behind a rate limit of `inbound`. */
import { AggregatorRegistry } from 'prom-client'
import { createClient } from 'redis'
import { createMesh } from 'sidecarless'
import { createAnswerer } from '../../answer.js'

const path = process.argv[2] ?? ''
const redis = path === '' ? undefined : await createClient({ socket: { path } }).connect()
const { answer, answered } = createAnswerer()

const mesh = createMesh({
  service: 'reviews',
  ...(redis === undefined ? {} : { redis }),
  config: {
    inbound: {
      rateLimits: [
        { limit: 1_000_000_000, per: '1h', store: redis === undefined ? 'memory' : 'redis', storeTimeout: '2s' },
      ],
    },
  },
})
new AggregatorRegistry() // answers the primary that collects
AggregatorRegistry.setRegistries(mesh.metrics)
await mesh.server(answer, { keepAliveTimeout: '10m' }).listen({ host: '127.0.0.1' })
process.on('message', (asked) => {
  if (asked === 'answered') process.send?.({ answered: answered() })
})
