/** Load by wrk, the generator that costs least, where it is installed. */
import { execFile, spawnSync } from 'node:child_process'

/**
 * @typedef {object} WrkResult
 * @property {number} calls replies that came
 * @property {number} wallMs
 * @property {number} failed replies with a status above 399, and errors of sockets
 * @property {number} p50Micros
 * @property {number} p99Micros
 */

/** @returns {boolean} */
export function wrkIsInstalled() {
  return spawnSync('wrk', ['--version']).error === undefined
}

/**
 * One thread, whole seconds. The script's `done` must print the result as one line of JSON.
 * @param {{ url: string, connections: number, durationMs: number, script: string, args: readonly string[] }} load
 * @returns {Promise<WrkResult>}
 */
export function runWrk({ url, connections, durationMs, script, args }) {
  const seconds = Math.max(1, Math.round(durationMs / 1_000))
  const own = ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, url, '--', ...args]
  return new Promise((resolve, reject) => {
    execFile('wrk', own, (error, stdout) => {
      const line = stdout.split('\n').find((text) => text.startsWith('{'))
      if (line === undefined) reject(error ?? new Error(`wrk said: ${stdout}`))
      else resolve(JSON.parse(line))
    })
  })
}
