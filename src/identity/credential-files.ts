import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { ConfigError, type Problem } from '../core/config-error.js'
import type { Credentials } from './credentials.js'
import { readCredentials } from './identity-snapshot.js'
import { ownBundles, type Roots } from './own-bundles.js'

/** Where the PEM files of an identity are. */
export interface CredentialFiles {
  readonly cert: string
  readonly key: string
  /** File with the roots of our own trust domain, or files by trust domain. */
  readonly ca: Roots
}

/** What stood in the files, and a hash of it all. */
export interface FileContents {
  readonly cert: string
  readonly key: string
  readonly ca: Roots
  readonly hash: string
}

/** All files of an identity. */
export function filesOf(files: CredentialFiles): string[] {
  return [files.cert, files.key, ...(typeof files.ca === 'string' ? [files.ca] : Object.values(files.ca))]
}

function readText(path: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new ConfigError([{ path, message: `cannot be read (${code})`, got: file }])
  }
}

/** Reads the files of an identity. Throws `ConfigError` naming the file that cannot be read. */
export function readContents(files: CredentialFiles): FileContents {
  const cert = readText('identity.cert', files.cert)
  const key = readText('identity.key', files.key)
  const ca: Roots =
    typeof files.ca === 'string'
      ? readText('identity.ca', files.ca)
      : Object.fromEntries(Object.entries(files.ca).map(([name, file]) => [name, readText('identity.ca', file)]))
  return {
    cert,
    key,
    ca,
    hash: createHash('sha256')
      .update(JSON.stringify([cert, key, ca]))
      .digest('hex'),
  }
}

/** Names the file behind a problem. */
function located(problem: Problem, files: CredentialFiles): Problem {
  if (problem.path === 'identity.cert') return { ...problem, got: files.cert }
  if (problem.path === 'identity.key') return { ...problem, got: files.key }
  return { ...problem, got: typeof files.ca === 'string' ? files.ca : Object.values(files.ca).join(', ') }
}

/** Credentials from contents that were read. Throws `ConfigError` naming the file that is no good. */
export function parseContents(contents: FileContents, files: CredentialFiles): Credentials {
  try {
    const { cert, key, ca } = contents
    const credentials: Credentials = { cert, key, bundles: ownBundles(cert, ca) }
    readCredentials(credentials)
    return credentials
  } catch (error) {
    if (error instanceof ConfigError) throw new ConfigError(error.problems.map((problem) => located(problem, files)))
    throw error
  }
}
