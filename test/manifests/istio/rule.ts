import { expect } from 'vitest'
import type { ServiceRoute } from '../../../src/config/service.js'
import { found, loadText, reviews, virtualService } from '../load-text.js'

/** A destination that leads to the service itself. */
export const to = '      route: [{ destination: { host: reviews } }]\n'

/** The routes that rules for `reviews`, indented by four, become. There must be no errors. */
export async function routes(http: string): Promise<readonly ServiceRoute[]> {
  const config = await loadText(virtualService(http), { endpoints: reviews })
  expect(config.diagnostics.filter((one) => one.severity === 'error')).toEqual([])
  return config.services?.reviews?.routes ?? []
}

/** The route that a rule becomes which leads to the service itself. */
export async function route(rule: string): Promise<ServiceRoute | undefined> {
  return (await routes(`    - ${rule}\n${to}`))[0]
}

/** What is said of a rule that begins in line 8, `error invalid-value headers.request`, the path without the rule's own. */
export async function problems(rule: string): Promise<string[]> {
  const config = await loadText(virtualService(`    - ${rule}\n`), { endpoints: reviews })
  return found(config)
    .filter((line) => !line.includes('no-endpoints'))
    .map((line) => line.replace(/^m\.yaml:\d+:\d+ /, '').replace('spec.http[0].', ''))
}

/** The same for a rule that leads to the service itself. */
export function problemsOf(rule: string): Promise<string[]> {
  return problems(`${rule}\n${to.trimEnd()}`)
}
