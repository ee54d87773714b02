import { describe, expect, it } from 'vitest'
import { found, ingress, loadText, manifest, reviews } from '../load-text.js'

function plugin(name: string, kind: string, config: string, namespace = 'default'): string {
  return `apiVersion: configuration.konghq.com/v1
kind: KongPlugin
metadata: { name: ${name}, namespace: ${namespace} }
plugin: ${kind}
config: ${config}
`
}

const all = [
  plugin('limit', 'rate-limiting', '{ minute: 5 }'),
  plugin('tight', 'rate-limiting', '{ minute: 1 }'),
  plugin('keys', 'key-auth', '{ anonymous: guest }'),
  plugin('tokens', 'jwt', '{ anonymous: guest }'),
  plugin('pages', 'cors', '{}'),
  plugin('shared', 'cors', '{ credentials: true }', 'edge'),
  manifest('configuration.konghq.com/v1', 'KongConsumer', 'guest', 'username: guest\n'),
].join('---\n')

async function names(annotation: string, service = ''): Promise<string[]> {
  const text = `${ingress(`    konghq.com/plugins: "${annotation}"\n`)}---\n${all}${service}`
  const config = await loadText(text, { endpoints: reviews })
  expect(found(config).filter((line) => line.includes('error'))).toEqual([])
  return (config.gateway?.routes?.[0]?.plugins ?? []).map(({ name, origin }) => `${name}@${origin?.line}`)
}

describe('the plugins of a route', () => {
  it("run in Kong's order, whatever the annotation's", async () => {
    const order = (await names('limit, keys,pages , tokens')).map((name) => name.replace(/@.*/, ''))
    expect(order).toEqual(['cors', 'jwt', 'key-auth', 'rate-limiting'])
  })

  it('may stand in another namespace', async () => {
    expect(await names('edge:shared')).toEqual(['cors@52'])
  })

  it('are those of the Service too, where the Ingress has none of that kind', async () => {
    const service = `---
apiVersion: v1
kind: Service
metadata:
  name: reviews
  annotations: { konghq.com/plugins: "tight,pages" }
spec: {}
`
    expect(await names('limit', service)).toEqual(['cors@46', 'rate-limiting@22'])
  })

  it.each([
    ['limit,tight', 'invalid-value'],
    ['limit,absent', 'missing-plugin'],
    ['shared', 'missing-plugin'],
  ])('%s are an error', async (annotation, code) => {
    const text = `${ingress(`    konghq.com/plugins: ${annotation}\n`)}---\n${all}`
    const lines = found(await loadText(text, { endpoints: reviews })).filter((line) => line.includes('error'))
    expect(lines).toEqual([`m.yaml:6:5 error ${code} metadata.annotations["konghq.com/plugins"]`])
  })

  it('that no route has are reported', async () => {
    const lines = found(
      await loadText(`${ingress('    konghq.com/plugins: limit\n')}---\n${all}`, { endpoints: reviews }),
    )
    expect(lines.filter((line) => line.includes('unused-plugin'))).toHaveLength(5)
  })
})
