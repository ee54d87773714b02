/** The primary of a cluster, in a process of its own: starts workers, and adds up what they have answered and counted. */
import cluster from 'node:cluster'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { AggregatorRegistry } from 'prom-client'
import { answerParent } from '../../harness/remote-process.js'

/** As often as an eager Prometheus asks. */
const SCRAPE_MS = 1_000

const registry = new AggregatorRegistry()

/**
 * @param {{ workers: number, redisSocket: string }} options empty: limits are counted in each worker's memory
 * @returns {Promise<{ port: number, pids: number[] }>}
 */
async function start({ workers, redisSocket }) {
  cluster.setupPrimary({ exec: fileURLToPath(new URL('./worker.js', import.meta.url)), args: [redisSocket] })
  const started = Array.from({ length: workers }, () => cluster.fork())
  const [first] = await Promise.all(started.map((worker) => once(worker, 'listening')))
  setInterval(scrape, SCRAPE_MS)
  return { port: first?.[0].port, pids: started.map(({ process }) => process.pid ?? 0) }
}

/** Requests answered since the start, worker by worker. */
function answeredByWorker() {
  return Promise.all(
    Object.values(cluster.workers ?? {}).map(async (worker) => {
      worker?.send('answered')
      for (;;) {
        // Among these are the pages of metrics.
        const [{ answered: count }] = await once(worker ?? cluster, 'message')
        if (count !== undefined) return count
      }
    }),
  )
}

async function answered() {
  return (await answeredByWorker()).reduce((sum, count) => sum + count, 0)
}

/** Requests that all workers' metrics have counted since the start, from one page. */
async function counted() {
  const page = await scrape()
  const samples = page.matchAll(/^mesh_server_request_duration_seconds_count.* (\d+)$/gm)
  return Array.from(samples, ([, count]) => Number(count)).reduce((sum, count) => sum + count, 0)
}

function scrape() {
  return registry.clusterMetrics()
}

answerParent({ start, answered, answeredByWorker, counted })
