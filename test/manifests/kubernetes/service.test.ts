import { describe, expect, it } from 'vitest'
import { found, loadText, manifest } from '../load-text.js'

const at = (url: string) => ({ reviews: [{ url }] })

async function url(spec: string, given: string): Promise<string | undefined> {
  const config = await loadText(manifest('v1', 'Service', 'reviews', `spec: ${spec}\n`), { endpoints: at(given) })
  expect(config.diagnostics).toEqual([])
  return config.services?.reviews?.endpoints?.[0]?.url
}

describe('a Service', () => {
  it.each([
    ['{ ports: [{ port: 80, targetPort: 9080 }] }', 'http://10.0.0.7', 'http://10.0.0.7:9080'],
    ['{ ports: [{ port: 8080 }] }', 'http://10.0.0.7/', 'http://10.0.0.7:8080'],
    ['{ ports: [{ port: 80, targetPort: 9080 }] }', 'http://[::1]', 'http://[::1]:9080'],
    ['{ ports: [{ port: 80, targetPort: 9080 }] }', 'http://10.0.0.7:7000', 'http://10.0.0.7:7000'],
    ['{ ports: [{ port: 80, targetPort: http }] }', 'http://10.0.0.7', 'http://10.0.0.7'],
    ['{ ports: [{ name: a, port: 80 }, { name: b, port: 81 }] }', 'http://10.0.0.7', 'http://10.0.0.7'],
  ])('with %s has %s listen at %s', async (spec, given, expected) => {
    expect(await url(spec, given)).toBe(expected)
  })

  it('without endpoints is known all the same, and says so', async () => {
    const config = await loadText(manifest('v1', 'Service', 'reviews', 'spec: {}\n'))
    expect(config.services?.reviews?.endpoints).toBeUndefined()
    expect(found(config)).toEqual(['m.yaml:4:3 warning no-endpoints metadata.name'])
  })

  it.each([
    ['{ ports: [{ port: 0 }] }', 'error invalid-value'],
    ['{ ports: [{ port: "80" }] }', 'error wrong-type'],
    ['{ ports: [{ name: a }] }', 'error missing-field'],
    ['{ sessionAffinity: ClientIP }', 'warning unsupported-field'],
    ['{ type: ExternalName, externalName: a.example }', 'warning unsupported-field'],
    ['{ portz: [] }', 'error unknown-field'],
  ])('with %s gives a line', async (spec, expected) => {
    const text = manifest('v1', 'Service', 'reviews', `spec: ${spec}\n`)
    const config = await loadText(text, { endpoints: at('http://10.0.0.7') })
    expect(found(config)).toEqual([expect.stringMatching(new RegExp(`^m\\.yaml:5:\\d+ ${expected}`))])
  })
})
