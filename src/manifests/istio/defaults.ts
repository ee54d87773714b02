import type { ServiceDraft } from '../services.js'
import { istioDefaultRetry } from './retries.js'

/** What every call to a service has behind a sidecar where nothing is said: its retries and the headers of Envoy. */
export function useIstioDefaults(service: ServiceDraft): void {
  service.policy = { retry: istioDefaultRetry, envoyHeaders: true, ...service.policy }
}
