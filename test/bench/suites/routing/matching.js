/** Finding a call's route among the routes of its service. */
import { internals } from '../../harness/internals.js'
import { timeEach } from './timing.js'

const { clientCall } = await internals('core/call.js')
const { RouteTable } = await internals('routing/route-table.js')

/** @type {Record<string, (i: number) => object>} routes that differ in one thing, as Istio users write them */
const kinds = {
  exact: (i) => ({ path: `/v1/items/${i}` }),
  prefix: (i) => ({ path: { prefix: `/v1/items${i}/` } }),
  regex: (i) => ({ path: { regex: `/v1/items${i}/[a-z]+/\\d+` } }),
  header: (i) => ({ path: { prefix: `/v1/items${i}/` }, headers: { 'x-canary': { regex: 'always|later' } } }),
}
kinds.mixed = (i) => Object.values(kinds)[i % 4](i)

/**
 * @param {number} i
 * @param {boolean} exact
 */
function callTo(i, exact) {
  const path = exact ? `/v1/items/${i}` : `/v1/items${i}/abc/42`
  return clientCall({ service: 'reviews', path, headers: { accept: '*/*', 'x-canary': 'always', 'x-user': `u${i}` } })
}

/**
 * @param {number} count
 * @param {(i: number) => object} kind
 */
function tableOf(count, kind) {
  const routes = Array.from({ length: count }, (_, i) => ({ name: `r${i}`, match: [kind(i)] }))
  return new RouteTable([...routes, { name: 'default' }])
}

/** Most calls go to few routes; when all are called in turn, what matching them takes is no longer in the CPU's cache. */
const called = 32

/**
 * @param {{ pace: import('./timing.js').Pace, sizes: { routes: number[] } }} options
 * @returns {import('./index.js').Line[]}
 */
export function measureMatching({ pace, sizes }) {
  return sizes.routes.flatMap((count) =>
    Object.entries(kinds).flatMap(([name, kind]) => {
      const table = tableOf(count, kind)
      const all = Array.from({ length: count }, (_, i) => callTo(i, name === 'exact'))
      const some = all.filter((_, i) => i % Math.ceil(count / called) === 0)
      const find = (calls) => timeEach((i) => table.find(calls[i % calls.length]), pace)
      const line = { name: `match among ${count} routes, ${name}`, unit: 'µs', spread: find(some), below: 5 }
      if (all.length === some.length) return [line]
      return [line, { ...line, name: `${line.name}, all in turn`, spread: find(all) }]
    }),
  )
}
