/**
 * A child process that answers questions. The server and every contender run in a process of their own:
 * CPU, heap and compiled code of one never count for another, and an idle process costs nothing.
 */
import { fork } from 'node:child_process'

/**
 * @typedef {object} RemoteProcess
 * @property {number} pid
 * @property {(method: string, params?: unknown) => Promise<any>} call
 * @property {() => Promise<void>} stop
 */

/**
 * @param {string | URL} file
 * @param {{ execArgv?: string[], env?: Record<string, string> }} [options]
 * @returns {RemoteProcess}
 */
export function startProcess(file, options = {}) {
  const child = fork(file, [], {
    execArgv: options.execArgv ?? [],
    env: { ...process.env, ...options.env },
    serialization: 'advanced',
  })
  /** @type {Map<number, { resolve: (value: unknown) => void, reject: (error: Error) => void }>} */
  const waiting = new Map()
  let lastId = 0

  child.on('message', ({ id, result, error }) => {
    const waiter = waiting.get(id)
    waiting.delete(id)
    if (error) waiter?.reject(new Error(error))
    else waiter?.resolve(result)
  })
  const exited = new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      for (const waiter of waiting.values()) waiter.reject(new Error(`process ended: ${signal ?? `exit ${code}`}`))
      waiting.clear()
      resolve(undefined)
    })
  })

  return {
    pid: child.pid ?? 0,
    call(method, params) {
      return new Promise((resolve, reject) => {
        if (!child.connected) {
          reject(new Error('process ended'))
          return
        }
        lastId += 1
        waiting.set(lastId, { resolve, reject })
        child.send({ id: lastId, method, params })
      })
    },
    async stop() {
      if (child.connected) child.disconnect()
      const hammer = setTimeout(() => child.kill('SIGKILL'), 15_000)
      await exited
      clearTimeout(hammer)
    },
  }
}

/**
 * The child's side: answers by name until the parent hangs up, then leaves.
 * @param {Record<string, (params: any) => unknown>} methods
 * @returns {void}
 */
export function answerParent(methods) {
  process.on('message', async ({ id, method, params }) => {
    try {
      process.send?.({ id, result: await methods[method](params) })
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    }
  })
  process.on('disconnect', () => process.exit(0))
}
