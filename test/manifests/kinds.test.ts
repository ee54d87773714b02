import { expect, it } from 'vitest'
import { found, loadText, manifest } from './load-text.js'

it.each([
  ['security.istio.io/v1', 'AuthorizationPolicy', 'error'],
  ['security.istio.io/v1', 'PeerAuthentication', 'error'],
  ['security.istio.io/v1', 'RequestAuthentication', 'error'],
  ['networking.istio.io/v1alpha3', 'EnvoyFilter', 'error'],
  ['configuration.konghq.com/v1', 'KongClusterPlugin', 'error'],
  ['configuration.konghq.com/v1beta1', 'KongConsumerGroup', 'error'],
  ['gateway.envoyproxy.io/v1alpha1', 'SecurityPolicy', 'error'],
  ['traefik.io/v1alpha1', 'Middleware', 'error'],
  ['policy.linkerd.io/v1beta3', 'Server', 'error'],
  ['networking.istio.io/v1', 'WorkloadEntry', 'warning'],
  ['gateway.networking.k8s.io/v1', 'GRPCRoute', 'warning'],
  ['apps/v1', 'Deployment', 'warning'],
  ['v1', 'ConfigMap', 'warning'],
])('%s %s is not read: %s', async (apiVersion, kind, severity) => {
  const config = await loadText(manifest(apiVersion, kind, 'a', 'spec: {}\n'))
  expect(found(config)).toEqual([`m.yaml:4:3 ${severity} unsupported-resource metadata.name`])
})

it.each([
  ['a string', 'hello\n', 'm.yaml:1:1 error not-a-resource'],
  ['no kind', 'apiVersion: v1\n', 'm.yaml:1:1 error not-a-resource'],
  ['no metadata', 'apiVersion: v1\nkind: Service\n', 'm.yaml:1:1 error missing-field metadata'],
  ['no name', 'apiVersion: v1\nkind: Service\nmetadata: {}\n', 'm.yaml:3:11 error missing-field metadata.name'],
  [
    'a name that is a number',
    'apiVersion: v1\nkind: Service\nmetadata: { name: 7 }\n',
    'm.yaml:3:19 error wrong-type metadata.name',
  ],
  [
    'a field that metadata does not have',
    'apiVersion: v1\nkind: Service\nmetadata: { name: a, label: {} }\n',
    'm.yaml:3:22 error unknown-field metadata.label',
  ],
])('a document with %s is an error', async (_, text, line) => {
  expect(found(await loadText(text))).toContain(line)
})
