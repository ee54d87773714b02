/** What functions hold of what a profiler has counted, and in which file of the sources they are. */
import { existsSync, readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { fileURLToPath } from 'node:url'

/** @typedef {{ functionName: string, url: string, lineNumber: number, columnNumber: number }} CallFrame as V8 writes it */

/**
 * @typedef {object} Share
 * @property {string} name
 * @property {string} place file and line
 * @property {string} url of the file that ran, '' for the engine's own
 * @property {number} share of all, 0-1
 */

/**
 * @param {Iterable<{ frame: CallFrame, amount: number }>} counted a function may come more than once
 * @returns {Share[]} largest first
 */
export function shareOut(counted) {
  /** @type {Map<string, Omit<Share, 'share'> & { amount: number }>} */
  const byFunction = new Map()
  let all = 0
  for (const { frame, amount } of counted) {
    const name = frame.functionName || '(anonymous)'
    const place = placeOf(frame)
    const entry = byFunction.get(`${name} ${place}`) ?? { name, place, url: frame.url, amount: 0 }
    entry.amount += amount
    all += amount
    byFunction.set(`${name} ${place}`, entry)
  }
  return [...byFunction.values()]
    .sort((a, b) => b.amount - a.amount)
    .map(({ amount, ...entry }) => ({ ...entry, share: amount / all }))
}

/** @param {CallFrame} frame */
function placeOf({ url, lineNumber, columnNumber }) {
  if (url === '') return '(native)'
  const entry = sourceMapOf(url)?.findEntry(lineNumber, columnNumber)
  if (entry !== undefined && 'originalSource' in entry)
    return `${entry.originalSource.replace(/^(\.\.\/)+/, '')}:${entry.originalLine + 1}`
  const short = url.replace(/^.*\/node_modules\//, '').replace(/^.*\/dist\//, 'dist/')
  return `${short.replace(/^file:\/\/.*\/test\/bench\//, 'bench/')}:${lineNumber + 1}`
}

/** @type {Map<string, SourceMap | undefined>} */
const sourceMaps = new Map()

/** @param {string} url of a file that may have a map beside it */
function sourceMapOf(url) {
  if (!sourceMaps.has(url)) {
    const file = url.startsWith('file:') ? `${fileURLToPath(url)}.map` : ''
    sourceMaps.set(url, existsSync(file) ? new SourceMap(JSON.parse(readFileSync(file, 'utf8'))) : undefined)
  }
  return sourceMaps.get(url)
}
