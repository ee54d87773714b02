import type { Installer } from '../adapters/undici/index.js'
import type { Clock } from '../core/clock.js'
import type { IdentityState } from '../identity/index.js'
import { type CloseOptions, drainLimitMs } from '../server/close-options.js'
import type { Configuration } from './configuration.js'
import type { MeshHealth } from './health.js'
import type { Inbound } from './inbound.js'
import type { Outbound } from './outbound.js'
import type { Passthrough } from './passthrough.js'
import type { Services } from './services.js'
import type { MeshTelemetry } from './telemetry.js'

/** Everything of a mesh that has to be closed. */
export interface Closable {
  readonly configuration: Configuration
  readonly outbound: Outbound
  readonly installer: Installer
  readonly services: Services
  readonly passthrough: Passthrough | undefined
  readonly inbound: Inbound
  readonly identity: IdentityState | undefined
  readonly telemetry: MeshTelemetry
  readonly health: MeshHealth
  readonly clock: Clock
}

/** Drains and closes a mesh. Rejects with a `ConfigError` for a time-out that is no duration. */
export type CloseMesh = (options?: CloseOptions) => Promise<void>

/**
 * Makes what drains a mesh: no new calls, those under way end or are broken off at the limit, then no handle is left. Who
 * asks again waits for the same drain, and may have less patience.
 */
export function meshCloser(mesh: Closable): CloseMesh {
  const { configuration, outbound, installer, services, passthrough, inbound, identity, telemetry, health, clock } =
    mesh
  let force: () => void = () => {}
  const forced = new Promise<'forced'>((resolve) => {
    force = () => resolve('forced')
  })
  let closed: Promise<void> | undefined

  async function finish(servers: Promise<void>): Promise<void> {
    const outcome = await Promise.race([Promise.all([servers, outbound.inFlight.idle()]), forced])
    outbound.close()
    installer.close()
    if (outcome === 'forced') await Promise.all([services.destroy(), passthrough?.destroy()])
    await Promise.all([services.close(), passthrough?.close(), servers])
    identity?.close()
    telemetry.close()
    health.close()
  }

  // Of its argument only that is read: it is a hook and a listener too, and gets what those get.
  return async function close({ timeout } = {}) {
    const timeoutMs = drainLimitMs({ timeout })
    if (closed === undefined) {
      health.drain()
      configuration.close()
      outbound.drain()
    }
    const timer = clock.setTimer(force, timeoutMs)
    const servers = inbound.close(timeoutMs)
    closed ??= finish(servers)
    await closed
    timer.cancel()
  }
}
