import { expect } from 'vitest'
import type { ServiceConfig } from '../../../src/config/service.js'
import type { LoadManifestsOptions } from '../../../src/manifests/index.js'
import { destinationRule, found, loadText } from '../load-text.js'

/** Ten endpoints for `reviews`: at 10 % one of them may be ejected. */
export const ten = { reviews: Array.from({ length: 10 }, (_, i) => ({ url: `http://127.0.0.1:${9_000 + i}` })) }

/** What a trafficPolicy for `reviews`, indented by four, makes of the service; nothing may be wrong with it. */
export async function policy(text: string, options: LoadManifestsOptions = {}): Promise<ServiceConfig | undefined> {
  const config = await loadText(destinationRule(text), { endpoints: ten, ...options })
  expect(found(config)).toEqual([])
  return config.services?.reviews
}

/** What is said of a trafficPolicy for `reviews`. */
export async function problems(text: string, options: LoadManifestsOptions = {}): Promise<string[]> {
  return found(await loadText(destinationRule(text), { endpoints: ten, ...options }))
}
