// Two workers behind one port, with one limit and one page of metrics for both. The limit is counted in Redis where
// there is one; where there is none, each worker counts for itself. Run it after a build: node examples/cluster/main.js
import cluster from 'node:cluster'
import { once } from 'node:events'
import http from 'node:http'
import { fileURLToPath } from 'node:url'
import { AggregatorRegistry } from 'prom-client'
import { startRedis } from './redis.js'

const calls = 60

/** A call over a connection of its own: the primary hands connections to its workers in turn. */
async function get(port) {
  const [response] = await once(http.get({ port, host: '127.0.0.1', agent: false }), 'response')
  response.resume()
  return { status: response.statusCode, worker: response.headers['x-worker'] }
}

async function startWorker(redis) {
  const worker = cluster.fork({ REDIS_SOCKET: redis?.socket ?? '' })
  const [{ port }] = await once(worker, 'listening')
  return port
}

cluster.setupPrimary({ exec: fileURLToPath(new URL('worker.js', import.meta.url)) })
const registry = new AggregatorRegistry()
const redis = await startRedis()
try {
  console.log(
    `limit:   20 calls a minute, ${redis ? 'counted in Redis' : 'for each worker: redis-server is not installed'}`,
  )
  const [port] = await Promise.all([startWorker(redis), startWorker(redis)])

  const replies = []
  while (replies.length < calls) replies.push(await get(port))
  const count = (fits) => replies.filter(fits).length
  console.log(
    `calls:   ${count(({ status }) => status === 200)} served, ${count(({ status }) => status === 429)} refused`,
  )
  const served = [1, 2].map((id) => `worker ${id}: ${count(({ worker }) => worker === String(id))}`)
  console.log(`served:  ${served.join(', ')}`)

  const page = await registry.clusterMetrics()
  console.log(`metrics: ${/^mesh_server_request_duration_seconds_count.*$/m.exec(page)?.[0]}`)
} finally {
  await new Promise((resolve) => cluster.disconnect(resolve))
  await redis?.stop()
}
