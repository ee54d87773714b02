import type { Clock } from '../core/clock.js'
import type { IdentityState } from '../identity/index.js'
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
  readonly services: Services
  readonly passthrough: Passthrough | undefined
  readonly inbound: Inbound
  readonly identity: IdentityState | undefined
  readonly telemetry: MeshTelemetry
  readonly health: MeshHealth
  readonly clock: Clock
}

/** Whether the work ended in time. */
function within(work: Promise<unknown>, timeoutMs: number, clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = clock.setTimer(() => resolve(false), timeoutMs)
    void work.then(() => {
      timer.cancel()
      resolve(true)
    })
  })
}

/** Drains a mesh: no new calls, those under way end or are broken off at the limit, then no handle is left. */
export async function closeMesh(mesh: Closable, timeoutMs: number): Promise<void> {
  const { configuration, outbound, services, passthrough, inbound, identity, telemetry, health, clock } = mesh
  health.drain()
  configuration.close()
  outbound.drain()
  const servers = inbound.close(timeoutMs)
  const drained = await within(Promise.all([servers, outbound.inFlight.idle()]), timeoutMs, clock)
  outbound.close()
  if (!drained) await Promise.all([services.destroy(), passthrough?.destroy()])
  await Promise.all([services.close(), passthrough?.close(), servers])
  identity?.close()
  telemetry.close()
  health.close()
}
