import { describe, expect, it } from 'vitest'
import { loadManifests } from '../../../src/manifests/index.js'
import { httpRoute, service } from '../../manifests/gateway-api/route-text.js'

/** A rule, what becomes of it, and the path of the diagnostic below `spec.rules[0]`. */

export type Row = readonly [verdict: 'ok' | 'bad', what: string, rule: string, at?: string]

/** The paths of the errors that an HTTPRoute's spec has, each with a place and a sentence. */
export async function errorsOf(spec: string): Promise<string[]> {
  const text = [service('v1'), service('v2'), httpRoute('r', spec)].join('---\n')
  const config = await loadManifests([{ name: 'm.yaml', text }], { namespace: 'infra' })
  const errors = config.diagnostics.filter(({ severity }) => severity === 'error')
  for (const { file, line, column, message } of errors) {
    expect([file, line > 12, column > 0]).toEqual(['m.yaml', true, true])
    expect(message).toMatch(/\w.*[.?]$/)
  }
  return errors.map(({ path }) => path)
}

const parents = {
  Gateway: '  parentRefs: [{ name: gw }]\n',
  Service: '  parentRefs: [{ group: "", kind: Service, name: v1 }]\n',
}

/** A test for each rule, on a Gateway and on a Service. */
export function table(title: string, rows: readonly Row[]): void {
  describe(title, () => {
    it.each(rows)('%s: %s', async (verdict, _, rule, at) => {
      for (const parent of Object.values(parents)) {
        const errors = await errorsOf(`${parent}  rules: [${rule}]\n`)
        if (verdict === 'ok') expect(errors).toEqual([])
        else expect(errors.join(' ')).toContain(`spec.rules[0]${at ?? ''}`)
      }
    })
  })
}
