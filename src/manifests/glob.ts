import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

const manifestFile = /\.(?:ya?ml|json)$/

function segmentPattern(segment: string): RegExp {
  const source = segment
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]')
  // Built from escaped text and two wildcards: it cannot backtrack far on a file name.
  return new RegExp(`^${source}$`)
}

/** What is not there is no error; what cannot be read is one: its manifests must not look as if they were gone. */
function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
}

async function kindOf(path: string): Promise<'file' | 'directory' | undefined> {
  try {
    const found = await stat(path === '' ? '.' : path)
    return found.isDirectory() ? 'directory' : found.isFile() ? 'file' : undefined
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

/** Names in a directory, without hidden ones, in order; none if it is not there. */
async function namesIn(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory === '' ? '.' : directory)).filter((name) => !name.startsWith('.')).sort()
  } catch (error) {
    if (isAbsent(error)) return []
    throw error
  }
}

async function walk(base: string, segments: readonly string[]): Promise<string[]> {
  const [segment, ...rest] = segments
  if (segment === undefined) {
    const kind = await kindOf(base)
    if (kind !== 'directory') return kind === 'file' ? [base] : []
    const names = (await namesIn(base)).filter((name) => manifestFile.test(name))
    const found = await Promise.all(names.map((name) => walk(join(base, name), [])))
    return found.flat()
  }
  if (segment === '**') {
    const below = await Promise.all(
      (await namesIn(base)).map(async (name) => {
        const path = join(base, name)
        return (await kindOf(path)) === 'directory' ? walk(path, segments) : []
      }),
    )
    return [...(await walk(base, rest)), ...below.flat()]
  }
  if (!/[*?]/.test(segment)) return walk(join(base, segment), rest)
  const matching = segmentPattern(segment)
  const found = await Promise.all(
    (await namesIn(base)).filter((name) => matching.test(name)).map((name) => walk(join(base, name), rest)),
  )
  return found.flat()
}

/**
 * The files that a pattern names, in order: `*` and `?` within a name, `**` for any number of directories. A directory
 * stands for the .yaml, .yml and .json files in it. Hidden names are skipped. Paths stay as relative as the pattern.
 * Rejects when a directory cannot be read.
 */
export async function expandGlob(pattern: string): Promise<readonly string[]> {
  const normal = pattern.replaceAll('\\', '/')
  const segments = normal.split('/').filter((segment) => segment !== '' && segment !== '.')
  return [...new Set(await walk(normal.startsWith('/') ? '/' : '', segments))]
}
