/** The things weighed, each in a process of its own that nobody has used before. */
import { startProcess } from '../../harness/remote-process.js'

/**
 * @typedef {object} Plan
 * @property {number} endpoints
 * @property {number} routes
 * @property {number} liveCalls
 * @property {number} services
 * @property {number} idleMs of a process before its resident memory counts
 * @property {number} slopeCalls
 */

/**
 * @typedef {object} Environment
 * @property {Plan} plan
 * @property {string[]} origins
 * @property {import('../../harness/remote-process.js').RemoteProcess} upstream
 */

/** @typedef {(method: string, options?: unknown) => Promise<any>} Weigh */

/**
 * @template T
 * @param {string} part
 * @param {(weigh: Weigh) => Promise<T>} use
 * @returns {Promise<T>}
 */
async function inFreshProcess(part, use) {
  const child = startProcess(new URL('./process.js', import.meta.url))
  try {
    return await use((method, options) => child.call('weigh', { part, method, options }))
  } finally {
    await child.stop()
  }
}

/** How often code is warmed, with twice the calls: their connections are open when it counts, whichever endpoint is chosen. */
const WARM_UPS = 3

/**
 * @param {string} caller
 * @param {'head' | 'body'} until
 * @param {Environment} environment
 * @returns {Promise<number>} bytes a call
 */
function liveCall(caller, until, { plan, origins, upstream }) {
  const count = plan.liveCalls
  return inFreshProcess('live-calls', async (weigh) => {
    await weigh('open', { caller, origins })
    /** @param {number} calls */
    async function begin(calls) {
      await weigh('begin', { count: calls, until })
      while ((await upstream.call('held')) < calls) await new Promise((resolve) => setTimeout(resolve, 10))
    }
    async function end() {
      await upstream.call('release')
      await weigh('end')
    }
    for (let times = 0; times < WARM_UPS; times += 1) {
      await begin(count * 2)
      await end()
    }
    const idle = await weigh('heap')
    await begin(count)
    const busy = await weigh('heap')
    await end()
    await weigh('close')
    return (busy - idle) / count
  })
}

/** @type {Record<string, (environment: Environment) => Promise<Record<string, number>>>} by round: what was weighed, bytes */
export const measurements = {
  endpoints: async ({ plan }) => ({
    endpointState: await inFreshProcess('endpoints', (weigh) => weigh('endpointState', { count: plan.endpoints })),
    meshEndpoint: await inFreshProcess('endpoints', (weigh) => weigh('meshEndpoint', { count: plan.endpoints })),
  }),
  routes: async ({ plan }) => ({
    meshRoute: await inFreshProcess('routes', (weigh) => weigh('meshRoute', { count: plan.routes })),
  }),
  liveCalls: async (environment) => {
    const live = {
      poolHead: await liveCall('pool', 'head', environment),
      transportHead: await liveCall('transport', 'head', environment),
      meshHead: await liveCall('mesh', 'head', environment),
      transportBody: await liveCall('transport', 'body', environment),
      meshBody: await liveCall('mesh', 'body', environment),
    }
    return {
      ...live,
      beyondTransportHead: live.meshHead - live.transportHead,
      beyondTransportBody: live.meshBody - live.transportBody,
    }
  },
  wholeMesh: async ({ plan, origins }) => {
    const { services, idleMs } = plan
    const [bare, mesh] = await Promise.all([
      inFreshProcess('whole-mesh', (weigh) => weigh('dependencies', { idleMs })),
      inFreshProcess('whole-mesh', (weigh) => weigh('mesh', { services, origins, idleMs })),
    ])
    return { meshCreated: mesh.created - bare, meshCalled: mesh.called - bare }
  },
  slope: async ({ plan, origins }) => ({
    slope: await inFreshProcess('slope', (weigh) => weigh('slope', { calls: plan.slopeCalls, origins })),
  }),
}
