import { type Duration, durationMs } from '../../core/duration.js'
import { duration, object, type Schema, validate } from '../../core/schema/index.js'
import { type LoadManifestsOptions, loadManifestsOptions } from '../options.js'

/** How manifests are read and followed. */
export interface WatchManifestsOptions extends LoadManifestsOptions {
  /**
   * How often files are looked at although no change was announced, as network file systems need it. Default 5 s, at least
   * 100 ms.
   */
  pollInterval?: Duration | undefined
}

const ownOptions: Schema<Pick<WatchManifestsOptions, 'pollInterval'>> = object<
  Pick<WatchManifestsOptions, 'pollInterval'>
>({ pollInterval: duration(100) })

/** Validated, with the defaults filled in. */
export function watchSettings(options: WatchManifestsOptions): { load: LoadManifestsOptions; pollMs: number } {
  const { pollInterval, ...load } = options
  validate(ownOptions, { pollInterval }, 'watchManifests')
  return { load: validate(loadManifestsOptions, load, 'watchManifests'), pollMs: durationMs(pollInterval) ?? 5_000 }
}
