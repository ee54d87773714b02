/** Reads a `.cpuprofile`: which functions hold the processor themselves, and in which file of the sources. */
import { existsSync, readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { fileURLToPath } from 'node:url'

/**
 * @typedef {object} ProfileNode
 * @property {number} id
 * @property {{ functionName: string, url: string, lineNumber: number, columnNumber: number }} callFrame
 */

/**
 * @typedef {object} CpuProfile
 * @property {ProfileNode[]} nodes
 * @property {number[]} samples ids of nodes
 * @property {number[]} timeDeltas microseconds
 */

/**
 * @typedef {object} SelfTime
 * @property {string} name
 * @property {string} place file and line
 * @property {string} url of the file that ran, '' for the engine's own
 * @property {number} share of the time that was not idle, 0-1
 */

/** V8's own name for having nothing to do. */
const IDLE = '(idle)'

/**
 * @param {CpuProfile} profile
 * @returns {SelfTime[]} largest first
 */
export function selfTimes({ nodes, samples, timeDeltas }) {
  const nodeById = new Map(nodes.map((node) => [node.id, node]))
  /** @type {Map<string, Omit<SelfTime, 'share'> & { micros: number }>} */
  const byFunction = new Map()
  let busy = 0
  for (const [index, id] of samples.entries()) {
    const frame = nodeById.get(id)?.callFrame
    if (frame === undefined || frame.functionName === IDLE) continue
    const micros = timeDeltas[index] ?? 0
    const name = frame.functionName || '(anonymous)'
    const place = placeOf(frame)
    const entry = byFunction.get(`${name} ${place}`) ?? { name, place, url: frame.url, micros: 0 }
    entry.micros += micros
    busy += micros
    byFunction.set(`${name} ${place}`, entry)
  }
  return [...byFunction.values()]
    .sort((a, b) => b.micros - a.micros)
    .map(({ micros, ...entry }) => ({ ...entry, share: micros / busy }))
}

/** @param {ProfileNode['callFrame']} frame */
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
