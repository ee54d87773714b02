import { startProcess } from '../../harness/remote-process.js'

/**
 * A process to serve in, as in production.
 * @param {string[]} [execArgv]
 */
export function startServer(execArgv = []) {
  return startProcess(new URL('./server-process.js', import.meta.url), { execArgv, env: { NODE_ENV: 'production' } })
}
