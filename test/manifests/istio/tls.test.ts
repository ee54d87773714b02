import { expect, it } from 'vitest'
import { destinationRule, loadText, messages } from '../load-text.js'
import { policy, problems, ten } from './policy-text.js'

it.each<[string, unknown]>([
  ['mode: DISABLE', 'disable'],
  ['mode: SIMPLE', 'simple'],
  ['mode: MUTUAL', 'mutual'],
  ['mode: ISTIO_MUTUAL', 'mutual'],
  ['mode: SIMPLE, caCertificates: system', 'simple'],
  ['mode: SIMPLE, sni: a.example', { mode: 'simple', serverName: 'a.example' }],
  ['mode: SIMPLE, subjectAltNames: [a.example]', { mode: 'simple', subjectAltNames: ['a.example'] }],
  [
    'mode: MUTUAL, subjectAltNames: ["spiffe://td/ns/a/sa/b"]',
    { mode: 'mutual', subjectAltNames: ['spiffe://td/ns/a/sa/b'] },
  ],
])('%s is %j', async (fields, tls) => {
  expect((await policy(`    tls: { ${fields} }\n`))?.tls).toEqual(tls)
})

it.each([
  ['mode: SIMPLE, credentialName: c', 'error unsupported-field'],
  ['mode: SIMPLE, caCrl: c', 'error unsupported-field'],
  ['mode: SIMPLE, caCertificates: /etc/ca.pem', 'error unsupported-field'],
  ['mode: MUTUAL, privateKey: /etc/key.pem', 'warning unsupported-field'],
  ['mode: MUTUAL, subjectAltNames: [a.example]', 'error unsupported-field'],
  ['mode: SIMPLE, insecureSkipVerify: true', 'warning unsupported-field'],
  ['mode: SIMPLE, clientCertificate: /etc/crt.pem', 'warning shadowed'],
  ['mode: SIMPLE, privateKey: /etc/key.pem', 'warning shadowed'],
  ['mode: DISABLE, sni: a.example', 'warning shadowed'],
  ['mode: DISABLE, subjectAltNames: [a.example]', 'warning shadowed'],
  ['mode: DISABLE, caCertificates: /etc/ca.pem', 'warning shadowed'],
  ['mode: DISABLE, insecureSkipVerify: true', 'warning shadowed'],
  ['clientCertificate: /etc/crt.pem', 'warning shadowed'],
  ['privateKey: /etc/key.pem', 'warning shadowed'],
  ['mode: ISTIO_MUTUAL, sni: a', 'error invalid-value'],
  ['mode: SIMPLE, subjectAltNames: [""]', 'error invalid-value'],
  ['mode: mutual', 'error invalid-value'],
  ['mode: SIMPEL, sni: a.example', 'error invalid-value'],
])('%s gives a line', async (fields, expected) => {
  const lines = await problems(`    tls: { ${fields} }\n`)
  expect(lines).toEqual([expect.stringMatching(new RegExp(`^m\\.yaml:8:\\d+ ${expected}`))])
})

it('without a mode nothing is encrypted, and this is said where other fields let one expect it', async () => {
  const config = await loadText(destinationRule('    tls: { sni: a.example }\n'), { endpoints: ten })
  expect(config.services?.reviews?.tls).toBe('disable')
  expect(messages(config)).toContain('Without a mode')
})

it.each(['mode: DISABLE, sni: ""', 'mode: DISABLE, subjectAltNames: []', 'mode: DISABLE, insecureSkipVerify: false'])(
  '%s says nothing that could be ignored',
  async (fields) => {
    expect(await problems(`    tls: { ${fields} }\n`)).toEqual([])
  },
)

it('MUTUAL under strict needs the files that Istio demands, though they are not used', async () => {
  expect(await problems('    tls: { mode: MUTUAL }\n', { strict: true })).toEqual([
    'm.yaml:8:10 error missing-field spec.trafficPolicy.tls.clientCertificate',
    'm.yaml:8:10 error missing-field spec.trafficPolicy.tls.privateKey',
  ])
})

it('insecureSkipVerify excludes what says whom to trust', async () => {
  expect(await problems('    tls: { mode: SIMPLE, insecureSkipVerify: true, subjectAltNames: [a] }\n')).toContain(
    'm.yaml:8:52 error invalid-value spec.trafficPolicy.tls.subjectAltNames',
  )
})
