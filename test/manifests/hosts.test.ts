import { expect, it } from 'vitest'
import { resolveHost } from '../../src/manifests/hosts.js'

const rules = { namespace: 'shop', clusterDomain: 'cluster.local', namespaces: new Set(['shop', 'bank']) }

it.each([
  ['reviews', 'shop', 'reviews'],
  ['reviews', 'bank', 'reviews.bank'],
  ['reviews.shop', 'bank', 'reviews'],
  ['reviews.bank', 'shop', 'reviews.bank'],
  ['Reviews.Shop.svc', 'bank', 'reviews'],
  ['reviews.shop.svc.cluster.local', 'bank', 'reviews'],
  ['reviews.shop.svc.cluster.local.', 'bank', 'reviews'],
  ['reviews.other.svc', 'shop', 'reviews.other'],
  ['reviews.shop.svc.elsewhere.local', 'shop', 'reviews.shop.svc.elsewhere.local'],
  ['example.com', 'shop', 'example.com'],
  ['api.example.com', 'shop', 'api.example.com'],
  ['*', 'shop', '*'],
  ['*.shop.svc.cluster.local', 'shop', '*.shop.svc.cluster.local'],
  ['10.0.0.1', 'shop', '10.0.0.1'],
  ['::1', 'shop', '::1'],
])('%s in the namespace %s is the service %s', (host, namespace, service) => {
  expect(resolveHost(host, namespace, rules).service).toBe(service)
})

it.each([
  ['reviews', false],
  ['reviews.shop', true],
  ['reviews.shop.svc', true],
  ['reviews.shop.svc.cluster.local', false],
  ['reviews.shop.svc.cluster.local.', false],
  ['example.com', false],
  ['*.shop', false],
])('%s is a name that Istio does not complete, though it means a service: %s', (host, isPartial) => {
  expect(resolveHost(host, 'shop', rules).isPartial).toBe(isPartial)
})

it.each([
  ['reviews', 'reviews.shop.svc.cluster.local'],
  ['reviews.bank', 'reviews.bank.svc.cluster.local'],
  ['API.example.com', 'api.example.com'],
])('%s is in full %s', (host, qualified) => {
  expect(resolveHost(host, 'shop', rules).qualified).toBe(qualified)
})
