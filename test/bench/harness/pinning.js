/** One core for what is measured, the others for what drives it: the load never takes the time that it measures. */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpus } from 'node:os'

const last = cpus().length - 1

/** Cores as `taskset` lists them. */
export const cores = { measured: String(last), load: last === 1 ? '0' : `0-${last - 1}` }

/** Whether processes can be pinned here. */
export const canPin = last > 0 && spawnSync('taskset', ['--version']).error === undefined

/**
 * Pins all threads of a process; what it starts from then on stays with them. Does nothing where that cannot be done.
 * @param {number} pid
 * @param {string} list
 */
export function pin(pid, list) {
  if (canPin) execFileSync('taskset', ['-a', '-c', '-p', list, String(pid)], { stdio: 'ignore' })
}
