/** The primary of a cluster, in a process of its own: starts workers, and adds up what they have answered and counted. */
import cluster from 'node:cluster'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { AggregatorRegistry } from 'prom-client'
import { answerParent } from '../../harness/remote-process.js'

/** As often as an eager Prometheus asks. */
const SCRAPE_MS = 1_000

const registry = new AggregatorRegistry()

/** @type {NodeJS.Timeout | undefined} */
let scraping
/** @type {unknown} */
let failure

/**
 * @param {{ workers: number, redisSocket: string }} options empty: limits are counted in each worker's memory
 * @returns {Promise<{ port: number, pids: number[] }>} pids of the workers
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
    Object.values(cluster.workers ?? {})
      .flatMap((worker) => worker ?? [])
      .map(answeredBy),
  )
}

/**
 * @param {import('node:cluster').Worker} worker
 * @returns {Promise<number>}
 */
function answeredBy(worker) {
  return new Promise((resolve, reject) => {
    /** @param {{ answered?: number }} message among these are the pages of metrics */
    function hear({ answered }) {
      if (answered === undefined) return
      worker.off('message', hear).off('exit', fail)
      resolve(answered)
    }
    function fail() {
      reject(new Error('a worker has ended'))
    }
    worker.on('message', hear).once('exit', fail)
    worker.send('answered')
  })
}

async function answered() {
  return (await answeredByWorker()).reduce((sum, count) => sum + count, 0)
}

/** Collects the metrics of all workers from time to time, as a service does, while it is measured. */
function beginScraping() {
  scraping = setInterval(scrape, SCRAPE_MS)
}

function endScraping() {
  clearInterval(scraping)
}

async function scrape() {
  try {
    await registry.clusterMetrics()
  } catch (error) {
    failure = error
  }
}

/**
 * Requests that all workers' metrics have counted since the start, from one page.
 * @returns {Promise<number>} rejects also when a page could not be had before
 */
async function counted() {
  if (failure !== undefined) throw failure
  const page = await registry.clusterMetrics()
  const samples = page.matchAll(/^mesh_server_request_duration_seconds_count.* (\d+)$/gm)
  return Array.from(samples, ([, count]) => Number(count)).reduce((sum, count) => sum + count, 0)
}

answerParent({ start, answered, answeredByWorker, beginScraping, endScraping, counted })
