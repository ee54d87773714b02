import { lstat, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { expandGlob } from '../glob.js'
import type { ManifestSources } from '../sources.js'

/** The files behind some patterns at one moment. */
export interface FileState {
  /** Changes whenever a file comes, goes, is replaced or is written to. */
  readonly signature: string
  /** When one of them was last written to: wall-clock ms; 0 without files. */
  readonly changedAtMs: number
  /** Where a change would be noticed: those that files stand in, and those that patterns begin with. */
  readonly directories: readonly string[]
}

/** The patterns among the sources; texts do not change. */
export function patternsOf(sources: ManifestSources): readonly string[] {
  return (typeof sources === 'string' ? [sources] : sources).filter((source) => typeof source === 'string')
}

/** The part of a pattern before its first wildcard: a directory, or a file. */
function fixedPart(pattern: string): string {
  const segments = pattern.replaceAll('\\', '/').split('/')
  const wild = segments.findIndex((segment) => /[*?]/.test(segment))
  return wild === -1 ? pattern : segments.slice(0, wild).join('/') || (pattern.startsWith('/') ? '/' : '.')
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink()
  } catch {
    return false
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch {
    return false
  }
}

async function directoriesOf(patterns: readonly string[], files: readonly string[]): Promise<readonly string[]> {
  const directories = new Set(files.map((file) => dirname(resolve(file))))
  for (const pattern of patterns) {
    const fixed = resolve(fixedPart(pattern))
    directories.add((await isDirectory(fixed)) ? fixed : dirname(fixed))
  }
  // A directory that is itself a link changes when the link does.
  for (const directory of [...directories]) if (await isLink(directory)) directories.add(dirname(directory))
  return [...directories]
}

/** Looks at the files, following links, without reading them. That a directory cannot be read is told by who reads them. */
export async function lookAt(patterns: readonly string[]): Promise<FileState> {
  const globbed = await Promise.allSettled(patterns.map(expandGlob))
  const files = [...new Set(globbed.flatMap((one) => (one.status === 'fulfilled' ? one.value : [])))]
  const found = await Promise.all(
    files.map(async (file) => {
      try {
        const { ino, size, mtimeMs, ctimeMs } = await stat(file)
        return { mark: `${file} ${ino} ${size} ${mtimeMs} ${ctimeMs}`, changedAtMs: mtimeMs }
      } catch {
        return { mark: file, changedAtMs: 0 }
      }
    }),
  )
  return {
    signature: [...globbed.map(({ status }) => status), ...found.map(({ mark }) => mark)].join('\n'),
    changedAtMs: Math.max(0, ...found.map(({ changedAtMs }) => changedAtMs)),
    directories: await directoriesOf(patterns, files),
  }
}
