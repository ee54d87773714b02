/** What a reader must know to compare the numbers with their own. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { arch, cpus, platform, totalmem } from 'node:os'

/**
 * @param {readonly string[]} packages whose versions matter
 * @returns {{ node: string, platform: string, cpu: string, cores: number, memoryGb: number, packages: Record<string, string> }}
 */
export function describeMachine(packages) {
  const cores = cpus()
  return {
    node: process.version,
    platform: `${platform()} ${arch()}`,
    cpu: cores[0]?.model ?? 'unknown',
    cores: cores.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    packages: Object.fromEntries(packages.map((name) => [name, versionOf(name)])),
  }
}

/** @param {string} name */
function versionOf(name) {
  for (const folder of createRequire(import.meta.url).resolve.paths(name) ?? []) {
    try {
      return JSON.parse(readFileSync(`${folder}/${name}/package.json`, 'utf8')).version
    } catch {
      // Not in this folder: the next one up.
    }
  }
  return 'not installed'
}
