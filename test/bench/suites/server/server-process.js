/** The process in which one contender serves. */
import { watchAllocation } from '../../harness/allocation.js'
import { answerParent } from '../../harness/remote-process.js'
import { reachedCount } from './application.js'

/**
 * What a contender's module gives.
 * @typedef {object} Server
 * @property {number} port
 * @property {() => unknown} close
 */

/** @type {Server} */
let server

/** @param {{ module: string, policies: readonly string[], verifier: import('./tokens.js').Verifier }} params */
async function open({ module, policies, verifier }) {
  const { serve } = await import(module)
  server = await serve(new Set(policies), verifier)
  return server.port
}

/** @type {() => { cpuMicros: number, allocatedBytes: number }} */
let watched

function watch() {
  const endAllocation = watchAllocation()
  const before = process.cpuUsage()
  watched = () => {
    const { user, system } = process.cpuUsage(before)
    return { cpuMicros: user + system, allocatedBytes: endAllocation().bytes }
  }
}

/** Says nothing: a server that `close` returns could not be told to another process. */
async function close() {
  await server.close()
}

answerParent({ open, watch, watched: () => watched(), reached: reachedCount, close })
