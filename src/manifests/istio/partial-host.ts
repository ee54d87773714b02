import type { CompileContext } from '../context.js'
import type { Place } from '../diagnostics.js'

/**
 * Whether Istio takes a name for a host outside that means a service here: it completes names without a dot only. Where a
 * ServiceEntry describes the very name, that is the host to both.
 */
export function isPartialHost({ services }: CompileContext, host: string, namespace: string): boolean {
  if (!services.resolve(host, namespace).isPartial) return false
  return services.find(host, namespace)?.entryHosts.has(host.toLowerCase()) !== true
}

/** Says so, and what to write. */
export function warnPartialHost(context: CompileContext, host: string, namespace: string, at: Place): void {
  if (!isPartialHost(context, host, namespace)) return
  const { qualified } = context.services.resolve(host, namespace)
  const message = `Istio takes "${host}" for a host outside, not for this service: write "${qualified}".`
  context.report.warn(at, 'partial-host', message)
}
