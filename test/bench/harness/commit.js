/** Which commit is measured. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** What a figure depends on: the code that is measured, and that which measures. */
const measured = ['src', ':(exclude)src/guides', 'test/bench', 'package-lock.json']

/**
 * @param {string} [folder] of the repository
 * @returns {string | null} its short hash, with a `+` when something has changed since; null without git or a repository
 */
export function describeCommit(folder = fileURLToPath(new URL('../../..', import.meta.url))) {
  try {
    const hash = git(folder, 'rev-parse', '--short', 'HEAD')
    return git(folder, 'status', '--porcelain', '--', ...measured) === '' ? hash : `${hash}+`
  } catch {
    return null
  }
}

/**
 * @param {string} folder
 * @param {readonly string[]} args
 */
function git(folder, ...args) {
  return execFileSync('git', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
}
