/** The primary of a cluster, in a process of its own: starts workers, and adds up what they have answered. */
import cluster from 'node:cluster'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { answerParent } from '../../harness/remote-process.js'

/**
 * @param {{ workers: number, redisSocket: string }} options empty: limits are counted in each worker's memory
 * @returns {Promise<{ port: number, pids: number[] }>}
 */
async function start({ workers, redisSocket }) {
  cluster.setupPrimary({ exec: fileURLToPath(new URL('./worker.js', import.meta.url)), args: [redisSocket] })
  const started = Array.from({ length: workers }, () => cluster.fork())
  const [first] = await Promise.all(started.map((worker) => once(worker, 'listening')))
  return { port: first?.[0].port, pids: started.map(({ process }) => process.pid ?? 0) }
}

/** Requests answered since the start, worker by worker. */
function answeredByWorker() {
  return Promise.all(
    Object.values(cluster.workers ?? {}).map(async (worker) => {
      worker?.send('answered')
      const [count] = await once(worker ?? cluster, 'message')
      return count
    }),
  )
}

async function answered() {
  return (await answeredByWorker()).reduce((sum, count) => sum + count, 0)
}

answerParent({ start, answered, answeredByWorker })
