import { createHash } from 'node:crypto'
import type { Clock } from '../core/clock.js'
import { systemClock } from '../core/clock.js'
import { ConfigError } from '../core/config-error.js'
import { Observer } from '../core/observer.js'
import type { TlsClient } from '../core/tls.js'
import type { IdentityState } from './identity-state.js'
import { mutualTls } from './mutual-tls.js'
import type { TlsOptions, TlsSettings } from './options.js'
import { simpleTls } from './simple-tls.js'

/** What TLS towards a service is made of. */
export interface ClientTlsOptions {
  readonly tls: TlsOptions
  /** Our own identity; `mutual` needs one. */
  readonly identity?: IdentityState | undefined
  readonly clock?: Clock | undefined
  /** Receives `peer-rejected` events. */
  readonly observer?: Observer | undefined
}

/** Tells the contexts of different settings apart, so that a changed config opens new connections. */
function settingsTag(settings: TlsSettings): string {
  return createHash('sha256').update(JSON.stringify(settings)).digest('hex').slice(0, 12)
}

/**
 * What connections to the endpoints of a service need; undefined for plain text. Throws `ConfigError` for `mutual`
 * without an identity.
 */
export function clientTls(options: ClientTlsOptions): TlsClient | undefined {
  const settings: TlsSettings = typeof options.tls === 'string' ? { mode: options.tls } : options.tls
  const clock = options.clock ?? options.identity?.clock ?? systemClock
  const observer = options.observer ?? options.identity?.observer ?? new Observer()
  switch (settings.mode) {
    case 'disable':
      return undefined
    case 'simple':
      return simpleTls({ settings, tag: settingsTag(settings), observer })
    case 'mutual':
      if (options.identity === undefined)
        throw new ConfigError([
          { path: 'tls', message: '"mutual" needs an identity of our own: createMesh({ identity })' },
        ])
      return mutualTls({ settings, tag: settingsTag(settings), identity: options.identity, clock, observer })
  }
}
