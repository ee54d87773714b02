/** The things weighed, each in a process of its own that nobody has used before. */
import { startProcess } from '../../harness/remote-process.js'
import { median } from '../../harness/statistics.js'

/**
 * @typedef {object} Plan
 * @property {number} endpoints
 * @property {number} routes
 * @property {number} liveCalls
 * @property {number} services
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
 * @param {string[]} [execArgv]
 * @returns {Promise<T>}
 */
async function inFreshProcess(part, use, execArgv = []) {
  const child = startProcess(new URL('./process.js', import.meta.url), { execArgv })
  try {
    return await use((method, options) => child.call('weigh', { part, method, options }))
  } finally {
    await child.stop()
  }
}

/** How often code is warmed, with twice the calls: their connections are open when it counts, whichever endpoint is chosen. */
const WARM_UPS = 3
/** How often calls are weighed, the middle counts: what a process does on the side is as large as a tenth of them. */
const WEIGHINGS = 5

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
    const held = []
    for (let times = 0; times < WEIGHINGS; times += 1) {
      const idle = await weigh('heap')
      await begin(count)
      held.push((await weigh('heap')) - idle)
      await end()
    }
    await weigh('close')
    return median(held) / count
  })
}

/** Bounds V8's room for new objects. The whole mesh is weighed with it and without, in both processes alike. */
export const smallYoungGeneration = '--max-semi-space-size=1'

/**
 * @param {Environment} environment
 * @param {string[]} execArgv
 */
async function residentMesh({ plan: { services }, origins }, execArgv) {
  const bare = await inFreshProcess('whole-mesh', (weigh) => weigh('dependencies'), execArgv)
  const mesh = await inFreshProcess('whole-mesh', (weigh) => weigh('mesh', { services, origins }), execArgv)
  return { created: mesh.created - bare, called: mesh.called - bare }
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
  wholeMesh: async (environment) => {
    const small = await residentMesh(environment, [smallYoungGeneration])
    const usual = await residentMesh(environment, [])
    return { meshCreated: small.created, meshCalled: small.called, meshUsual: usual.created }
  },
  slope: async ({ plan, origins }) => ({
    slope: await inFreshProcess('slope', (weigh) => weigh('slope', { calls: plan.slopeCalls, origins })),
  }),
}
