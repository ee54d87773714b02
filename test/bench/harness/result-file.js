/** Where the results are: the oldest Node that is supported has the folder, every other major one of its own in it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const resultsFolder = fileURLToPath(new URL('../results', import.meta.url))

const OLDEST = 20

/**
 * @param {string} suite
 * @param {string} [version] of Node
 * @returns {string} the file that a run writes: never that of another major
 */
export function resultFile(suite, version = process.version) {
  const major = Number.parseInt(version.slice(1), 10)
  return join(resultsFolder, major === OLDEST ? '' : `node-${major}`, `${suite}.json`)
}

/**
 * @param {string} folder
 * @param {string} suite
 * @returns {{ oldest: any, others: any[] }} reports with numbers to show, by Node; null without one of the oldest
 */
export function readReports(folder, suite) {
  const majors = existsSync(folder) ? readdirSync(folder).flatMap((name) => /^node-(\d+)$/.exec(name)?.[1] ?? []) : []
  majors.sort((a, b) => Number(a) - Number(b))
  const others = majors.map((major) => readReport(join(folder, `node-${major}`, `${suite}.json`)))
  return { oldest: readReport(join(folder, `${suite}.json`)), others: others.filter((report) => report !== null) }
}

/** @param {string} file */
function readReport(file) {
  const report = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null
  // A quick run shows only that a suite runs.
  return report?.settings.quick ? null : report
}
