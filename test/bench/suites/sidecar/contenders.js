/** Who takes part: the same call from one process to another, direct or by a pair of proxies. Names are stable. */
import { findTool } from '../../harness/tool-process.js'
import { proxies } from './proxies/index.js'

/**
 * @typedef {object} Contender
 * @property {string} name
 * @property {string} client module of the `client` suite that makes the calls
 * @property {boolean} mtls whether the client itself speaks mutual TLS; its proxy does so for it otherwise
 * @property {'bare' | 'mesh' | 'meshAtOnce'} server the last writes each reply when it is made, as the bare one does
 * @property {boolean} ours needs the built package
 * @property {{ kind: import('./proxies/index.js').Proxy, path: string, mtls: boolean } | null} pair
 */

/** What every other contender is compared with. */
export const reference = 'direct, mTLS'

/** All of ours: every client policy, and a server that demands mutual TLS. */
export const whole = 'mesh.request to mesh.server, mTLS'

/** The same without replies that are written together. */
export const wholeAtOnce = 'mesh.request to mesh.server, each reply at once, mTLS'

/**
 * From process to process.
 * @type {readonly Contender[]}
 */
export const direct = [
  { name: 'direct, plain', client: 'undici-request', mtls: false, server: 'bare', ours: false, pair: null },
  { name: reference, client: 'undici-request', mtls: true, server: 'bare', ours: false, pair: null },
  { name: whole, client: 'mesh-request-on', mtls: true, server: 'mesh', ours: true, pair: null },
  { name: wholeAtOnce, client: 'mesh-request-on', mtls: true, server: 'meshAtOnce', ours: true, pair: null },
  {
    name: 'mesh.request, bare server, mTLS',
    client: 'mesh-request-on',
    mtls: true,
    server: 'bare',
    ours: true,
    pair: null,
  },
  {
    name: 'undici.request, mesh.server, mTLS',
    client: 'undici-request',
    mtls: true,
    server: 'mesh',
    ours: true,
    pair: null,
  },
  { name: 'naive stack on fetch, mTLS', client: 'naive-on-fetch', mtls: true, server: 'bare', ours: false, pair: null },
]

/**
 * @returns {{ contenders: Contender[], absent: { name: string, reason: string }[], versions: Record<string, string> }}
 */
export function findContenders() {
  /** @type {Contender[]} */
  const pairs = []
  const absent = []
  /** @type {Record<string, string>} */
  const versions = {}
  for (const kind of proxies) {
    const found = findTool(kind)
    if (found === null) {
      absent.push({ name: `${kind.name} pair`, reason: 'not installed' })
      continue
    }
    versions[kind.name] = found.version
    for (const mtls of [false, true]) {
      const name = `${kind.name} pair, ${mtls ? 'mTLS' : 'plain'}`
      const pair = { kind, path: found.path, mtls }
      pairs.push({ name, client: 'undici-request', mtls: false, server: 'bare', ours: false, pair })
    }
  }
  return { contenders: [...direct, ...pairs], absent, versions }
}
