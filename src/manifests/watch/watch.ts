import type { MeshConfig } from '../../config/config.js'
import type { ConfigSource } from '../../config/source.js'
import { DirectoryWatch } from '../../identity/directory-watch.js'
import { Reporter } from '../diagnostics.js'
import { compileTexts, type LoadedConfig } from '../load.js'
import type { LoadManifestsOptions } from '../options.js'
import { type ManifestSources, type ManifestText, readSources } from '../sources.js'
import { lookAt, patternsOf } from './files.js'
import { type WatchManifestsOptions, watchSettings } from './options.js'
import { contentHash, ParseCache } from './parse-cache.js'

/** Changes come in bursts, and files are written in pieces: they are read once nothing has changed for this long. */
const quietMs = 100
/** A file that is written to all the time is read nevertheless, after this long. */
const mostPatienceMs = 800

function later(fn: () => void, ms: number): NodeJS.Timeout {
  const timer = setTimeout(fn, ms)
  timer.unref()
  return timer
}

/** Files that are read again whenever they change; one reading at a time. */
class ManifestWatch implements ConfigSource {
  readonly #sources: ManifestSources
  readonly #patterns: readonly string[]
  readonly #options: LoadManifestsOptions
  readonly #pollMs: number
  readonly #cache = new ParseCache()
  #directories = ''
  #watch: DirectoryWatch | undefined = undefined
  #timer: NodeJS.Timeout | undefined = undefined
  #pollTimer: NodeJS.Timeout | undefined = undefined
  #impatientAtMs = 0
  #signature = ''
  /** Hashes of what was read last, and what was wrong with reading it. */
  #content = ''
  #isReading = false
  #again = false
  #changed: ((config: MeshConfig) => void) | undefined = undefined
  #failed: (reason: unknown) => void = () => {}

  constructor(sources: ManifestSources, options: LoadManifestsOptions, pollMs: number) {
    this.#sources = sources
    this.#patterns = patternsOf(sources)
    this.#options = options
    this.#pollMs = pollMs
  }

  async load(): Promise<MeshConfig> {
    this.#content = ''
    try {
      return (await this.#readAlone()) ?? {}
    } finally {
      if (this.#changed !== undefined) this.#poll()
    }
  }

  subscribe(changed: (config: MeshConfig) => void, failed: (reason: unknown) => void): () => void {
    this.#changed = changed
    this.#failed = failed
    return () => this.#stop()
  }

  #stop(): void {
    this.#changed = undefined
    this.#watch?.close()
    this.#watch = undefined
    clearTimeout(this.#timer)
    clearTimeout(this.#pollTimer)
  }

  /** Reads what is there; undefined when that is what was read before. */
  async #read(): Promise<LoadedConfig | undefined> {
    const { signature, directories } = await lookAt(this.#patterns)
    this.#signature = signature
    this.#watchDirectories(directories)
    const report = new Reporter()
    const texts = await readSources(this.#sources, report)
    const unread = report.sorted([]).map(({ file, message }) => `${file} ${message}`)
    const content = [...texts.map((text) => `${text.name} ${contentHash(text)}`), ...unread].join('\n')
    if (content === this.#content) return undefined
    const config = await this.#compile(texts, report)
    this.#content = content
    return config
  }

  async #compile(texts: readonly ManifestText[], report: Reporter): Promise<LoadedConfig> {
    const config = await compileTexts(texts, this.#options, report, (text, own) => this.#cache.parse(text, own))
    this.#cache.retain(new Set(texts.map((text) => text.name)))
    return config
  }

  #watchDirectories(directories: readonly string[]): void {
    if (this.#changed === undefined) return
    const key = directories.join('\n')
    if (key === this.#directories) {
      this.#watch?.rearm()
      return
    }
    this.#directories = key
    this.#watch?.close()
    this.#watch = new DirectoryWatch(directories, () => this.#noticed())
  }

  #noticed(): void {
    if (this.#changed === undefined || this.#timer !== undefined) return
    this.#impatientAtMs = Date.now() + mostPatienceMs
    this.#timer = later(this.#settle, quietMs)
  }

  /** Waits until the files are quiet, then reads them. */
  readonly #settle = (): void => {
    this.#settled().then(
      (quiet) => {
        this.#timer = undefined
        if (this.#changed === undefined) return
        if (quiet) this.#reread()
        else this.#timer = later(this.#settle, quietMs)
      },
      (error: unknown) => {
        this.#timer = undefined
        this.#failed(error)
      },
    )
  }

  async #settled(): Promise<boolean> {
    const now = Date.now()
    const { changedAtMs } = await lookAt(this.#patterns)
    const age = now - changedAtMs
    return now >= this.#impatientAtMs || age >= quietMs || age < 0
  }

  #reread(): void {
    if (this.#isReading) {
      this.#again = true
      return
    }
    this.#readAlone().then(
      (config) => {
        if (config !== undefined) this.#changed?.(config)
      },
      (error: unknown) => this.#failed(error),
    )
  }

  /** What changes meanwhile is read afterwards. */
  async #readAlone(): Promise<LoadedConfig | undefined> {
    this.#isReading = true
    try {
      return await this.#read()
    } finally {
      this.#isReading = false
      if (this.#again) this.#noticed()
      this.#again = false
    }
  }

  #poll(): void {
    clearTimeout(this.#pollTimer)
    this.#pollTimer = later(() => {
      lookAt(this.#patterns).then(
        ({ signature, directories }) => {
          if (this.#changed === undefined) return
          this.#watchDirectories(directories)
          if (signature !== this.#signature) this.#noticed()
          this.#poll()
        },
        (error: unknown) => this.#failed(error),
      )
    }, this.#pollMs)
  }
}

/**
 * Manifests as a config that follows its files: written in place, renamed over, swapped by Kubernetes' `..data` link. Only
 * what has changed is parsed again. A set of files that may not serve - half written, empty, all of them gone - is refused
 * and reported, and the last good one kept; a file that is taken out of a directory takes its resources along.
 *
 * @example
 * const mesh = createMesh({ service: 'web', config: watchManifests('deploy/') })
 * await mesh.ready()
 */
export function watchManifests(sources: ManifestSources, options: WatchManifestsOptions = {}): ConfigSource {
  const { load, pollMs } = watchSettings(options)
  return new ManifestWatch(sources, load, pollMs)
}
