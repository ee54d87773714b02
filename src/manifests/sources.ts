import { readFile } from 'node:fs/promises'
import type { Place, Reporter } from './diagnostics.js'
import { expandGlob } from './glob.js'

/** A manifest that is not in a file. */
export interface ManifestText {
  /** YAML, of one document or several. */
  text: string
  /** Stands for the file in diagnostics. */
  name: string
}

/** What to load: a pattern, or patterns and texts. */
export type ManifestSources = string | readonly (string | ManifestText)[]

function start(file: string): Place {
  return { file, line: 1, column: 1, path: '' }
}

async function readText(name: string, report: Reporter): Promise<ManifestText | undefined> {
  try {
    return { name, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(name)) }
  } catch (error) {
    const why = error instanceof TypeError ? 'it is not UTF-8' : reasonOf(error)
    report.error(start(name), 'unreadable-file', `The file cannot be read: ${why}.`)
    return undefined
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : 'it failed'
}

/** Files of a pattern; none, and an error, when not all of its directories can be read. */
async function filesOf(pattern: string, report: Reporter): Promise<readonly string[]> {
  try {
    const files = await expandGlob(pattern)
    if (files.length === 0) report.error(start(pattern), 'no-files', 'No file matches.')
    return files
  } catch (error) {
    report.error(start(pattern), 'unreadable-file', `A directory cannot be read: ${reasonOf(error)}.`)
    return []
  }
}

/** Reads all sources, each file once. A pattern that names no file is an error: an empty config allows too much. */
export async function readSources(sources: ManifestSources, report: Reporter): Promise<readonly ManifestText[]> {
  const texts: ManifestText[] = []
  const seen = new Set<string>()
  for (const source of typeof sources === 'string' ? [sources] : sources) {
    if (typeof source !== 'string') {
      texts.push(source)
      continue
    }
    for (const file of await filesOf(source, report)) {
      if (seen.has(file)) continue
      seen.add(file)
      const text = await readText(file, report)
      if (text !== undefined) texts.push(text)
    }
  }
  return texts
}
