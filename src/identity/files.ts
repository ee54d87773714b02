import { dirname, resolve } from 'node:path'
import { type Clock, systemClock, type Timer } from '../core/clock.js'
import { type Duration, durationMs } from '../core/duration.js'
import { duration, either, flag, instance, object, record, type Schema, text, validate } from '../core/schema/index.js'
import { errorOf } from '../core/thrown.js'
import { type CredentialFiles, filesOf, parseContents, readContents } from './credential-files.js'
import type { Credentials, IdentitySource } from './credentials.js'
import { DirectoryWatch } from './directory-watch.js'
import type { Roots } from './own-bundles.js'

/** Where the PEM files are, and how they are followed. */
export interface FileIdentityOptions {
  /** File with our own certificate, an X.509-SVID; then intermediates if any. */
  cert: string
  /** File with its private key, not encrypted. */
  key: string
  /** File with the roots of our own trust domain, or files by trust domain. */
  ca: Roots
  /** Follow changes. Default true. */
  watch?: boolean | undefined
  /**
   * How often the files are read although no change was announced, as network file systems need it. Default 30 s,
   * at least 100 ms.
   */
  pollInterval?: Duration | undefined
  /** Default: this machine's. */
  clock?: Clock | undefined
}

/** Changes come in bursts, certificate and key apart: they are read this long after the first. */
const settleMs = 50

const fileIdentityOptions: Schema<FileIdentityOptions> = object<FileIdentityOptions>(
  {
    cert: text,
    key: text,
    ca: either(text, record(text)),
    watch: flag,
    pollInterval: duration(100),
    clock: instance<Clock>('a clock', (value) => typeof value === 'object' && value !== null && 'setTimer' in value),
  },
  ['cert', 'key', 'ca'],
)

class FileIdentity implements IdentitySource {
  readonly #files: CredentialFiles
  readonly #clock: Clock
  /** 0: changes are not followed. */
  readonly #pollMs: number
  readonly #listeners = new Set<() => void>()
  #hash: string
  #good: Credentials
  #problem: Error | undefined = undefined
  #watch: DirectoryWatch | undefined = undefined
  #pollTimer: Timer | undefined = undefined
  #settleTimer: Timer | undefined = undefined

  constructor(files: CredentialFiles, clock: Clock, pollMs: number) {
    this.#files = files
    this.#clock = clock
    this.#pollMs = pollMs
    const contents = readContents(files)
    this.#hash = contents.hash
    this.#good = parseContents(contents, files)
  }

  current(): Credentials {
    return this.#good
  }

  problem(): Error | undefined {
    return this.#problem
  }

  /** Files are followed while somebody listens. */
  subscribe(fn: () => void): () => void {
    const listener = (): void => fn()
    if (this.#listeners.size === 0 && this.#pollMs > 0) this.#follow()
    this.#listeners.add(listener)
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#unfollow()
    }
  }

  #follow(): void {
    const directories = filesOf(this.#files).map((file) => dirname(resolve(file)))
    this.#watch = new DirectoryWatch(directories, () => {
      this.#settleTimer ??= this.#clock.setTimer(this.#reread, settleMs)
    })
    this.#poll()
    // What changed since the last look, while nobody listened.
    this.#settleTimer = this.#clock.setTimer(this.#reread, settleMs)
  }

  #unfollow(): void {
    this.#watch?.close()
    this.#watch = undefined
    this.#pollTimer?.cancel()
    this.#settleTimer?.cancel()
    this.#settleTimer = undefined
  }

  #poll(): void {
    this.#pollTimer = this.#clock.setTimer(() => {
      this.#watch?.rearm()
      this.#reread()
      this.#poll()
    }, this.#pollMs)
  }

  readonly #reread = (): void => {
    this.#settleTimer?.cancel()
    this.#settleTimer = undefined
    const before = this.#hash
    try {
      const contents = readContents(this.#files)
      if (contents.hash === before) return
      this.#hash = contents.hash
      this.#good = parseContents(contents, this.#files)
      this.#problem = undefined
    } catch (error) {
      const problem = errorOf(error)
      if (this.#hash === before && this.#problem?.message === problem.message) return
      // A file that is not there counts as content of its own, so that its return is noticed.
      if (this.#hash === before) this.#hash = ''
      this.#problem = problem
    }
    for (const listener of this.#listeners) listener()
  }
}

/**
 * An identity from PEM files, followed as they are rotated: renamed over, or swapped by Kubernetes' `..data` link. A
 * bad set of files - mismatched, torn, empty, gone - keeps the last good one and is reported. Throws `ConfigError`
 * naming the file when the first set is bad.
 *
 * @example
 * const mesh = createMesh({ service: 'checkout', identity: fileIdentity({ cert: 'tls.crt', key: 'tls.key', ca: 'ca.crt' }) })
 */
export function fileIdentity(options: FileIdentityOptions): IdentitySource {
  const { cert, key, ca, watch, pollInterval, clock } = validate(fileIdentityOptions, options, 'identity')
  const pollMs = watch === false ? 0 : (durationMs(pollInterval) ?? 30_000)
  return new FileIdentity({ cert, key, ca }, clock ?? systemClock, pollMs)
}
