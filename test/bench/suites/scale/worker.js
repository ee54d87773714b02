/** One worker: the application of the other suites behind a rate limit of `inbound`. */
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
await mesh.server(answer, { keepAliveTimeout: '10m' }).listen({ host: '127.0.0.1' })
process.on('message', () => process.send?.(answered()))
