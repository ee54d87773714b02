import { setTimeout as sleep } from 'node:timers/promises'
import { get, many, tlsRefusal, tokenOf } from './client.js'
import { claim, number, say } from './narrator.js'

/**
 * The chapters of the quick start. Each one makes calls from outside and claims what can be seen of them there, at the
 * backends, and in the events of the edge's mesh.
 */
export const steps = [
  { title: 'The VirtualService splits calls 90/10', run: split },
  { title: 'A header takes a call to the canary', run: canary },
  { title: 'A retry saves a call', run: retry },
  { title: 'A breaker opens and closes', run: breaker },
  { title: 'An endpoint is ejected and returns', run: ejection },
  { title: 'Without a token: 401', run: token },
  { title: 'Past the limit: 429', run: limit },
  { title: 'A strict backend refuses plain HTTP', run: strict },
]

const canaryHeader = { 'x-canary': 'true' }
const secrets = { web: 'not-a-secret-quick-start-web-client', mobile: 'not-a-secret-quick-start-mobile-app' }

function isOk({ status }) {
  return status === 200
}

function isRefused({ status, body }) {
  return status === 503 && body.code === 'ERR_MESH_CIRCUIT_OPEN'
}

async function split({ edge }) {
  const { route } = await edge.ask('explain', {})
  say(`${route.origin.file}:${route.origin.line} sends 90 of 100 calls to v1 and 10 to v2`)
  const start = performance.now()
  const replies = await many(1_000, 20, () => get(edge.port, '/products'))
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  const [v1, v2] = ['v1', 'v2'].map((version) => replies.filter(({ body }) => body.version === version).length)
  claim(replies.every(isOk) && v1 + v2 === 1_000, `${number(replies.length)} calls in ${seconds} s, all answered 200`)
  // Five standard deviations: a fair split misses this once in more than a million runs.
  claim(Math.abs(v2 - 100) < 48, `${v1} went to v1, ${v2} to v2`)
}

async function canary({ edge }) {
  const replies = await many(50, 10, () => get(edge.port, '/products', canaryHeader))
  const v2 = replies.filter(({ body }) => body.version === 'v2').length
  claim(v2 === replies.length, `x-canary: true took ${v2} of ${replies.length} calls to v2`)
}

async function retry({ edge, backend }) {
  const victim = backend('v1-1')
  const before = await victim.ask('counts')
  await edge.ask('events')
  await victim.ask('fail', 1)
  const replies = []
  let failed = 0
  while (failed === 0 && replies.length < 100) {
    replies.push(await get(edge.port, '/products'))
    failed = (await victim.ask('counts')).failed - before.failed
  }
  const retries = (await edge.ask('events')).filter(({ name }) => name === 'retry')
  const last = replies.at(-1)
  claim(failed === 1, `v1-1 answered 503 to ${failed} call, the ${ordinal(replies.length)} of this chapter`)
  claim(retries.length === 1, `the edge made ${retries.length} retry, ${retries[0]?.delayMs.toFixed(0)} ms later`)
  claim(isOk(last) && last.body.instance !== 'v1-1', `the client got 200, from ${last.body.instance}`)
}

async function breaker({ edge, backend }) {
  const victims = [backend('v2-1'), backend('v2-2')]
  const failed = async () => {
    const counts = await Promise.all(victims.map((victim) => victim.ask('counts')))
    return counts.reduce((sum, one) => sum + one.failed, 0)
  }
  // The breaker looks at the last second, which has seen good calls of the chapters before.
  await sleep(1_100)
  await edge.ask('events')
  const before = await failed()
  for (const victim of victims) await victim.ask('fail', Number.POSITIVE_INFINITY)
  let calls = 0
  while (calls < 100 && !isRefused(await get(edge.port, '/products', canaryHeader))) calls++
  const opened = await failed()
  claim(opened - before === calls && calls < 100, `both v2 fail: after ${calls} failures the breaker opened`)

  const replies = await many(50, 10, () => get(edge.port, '/products', canaryHeader))
  const refused = replies.filter(isRefused).length
  const reached = (await failed()) - opened
  claim(refused === 50 && reached === 0, `${refused} more calls: ${reached} reached a backend, all got 503 at once`)

  for (const victim of victims) await victim.ask('fail', 0)
  const healed = performance.now()
  while (performance.now() < healed + 5_000 && !isOk(await get(edge.port, '/products', canaryHeader))) await sleep(50)
  const events = (await edge.ask('events')).filter(({ name }) => name === 'breaker')
  const states = events.map(({ state }) => state).join(', ')
  const openMs = events.at(-1).at - events[0].at
  claim(states === 'open, half-open, closed', `healed: ${states}, ${(openMs / 1000).toFixed(1)} s in all`)
  const after = await many(50, 10, () => get(edge.port, '/products', canaryHeader))
  claim(after.every(isOk), `${after.length} more calls: all answered 200`)
}

async function ejection({ edge, backend }) {
  const victim = backend('v1-3')
  const before = await victim.ask('counts')
  await edge.ask('events')
  const events = []
  const ejected = (state) => events.find((event) => event.name === 'ejection' && event.ejected === state)

  await victim.ask('fail', Number.POSITIVE_INFINITY)
  const replies = []
  while (ejected(true) === undefined && replies.length < 100) {
    replies.push(await get(edge.port, '/products'))
    events.push(...(await edge.ask('events')))
  }
  const { failed } = await victim.ask('counts')
  await victim.ask('fail', 0)
  const during = await many(100, 10, () => get(edge.port, '/products'))
  const { served } = await victim.ask('counts')
  claim(ejected(true) !== undefined, `v1-3 fails: ejected after ${failed - before.failed} failures in a row`)
  claim(replies.every(isOk), `retries hid them: all ${replies.length} calls were answered 200`)
  claim(during.every(isOk) && served === before.served, `100 more calls: ${served - before.served} reached it`)

  const start = performance.now()
  while (ejected(false) === undefined && performance.now() < start + 5_000) {
    await sleep(50)
    events.push(...(await edge.ask('events')))
  }
  claim(ejected(false) !== undefined, `healed: it returned after ${(ejected(false)?.forMs / 1000).toFixed(1)} s`)
  await many(100, 10, () => get(edge.port, '/products'))
  const share = (await victim.ask('counts')).served - served
  claim(share > 0, `100 more calls: ${share} reached it`)
}

/** A call through the gateway: the Ingress takes /api of this host. */
async function api({ edge }, headers = {}) {
  return get(edge.port, '/api/products', { host: 'shop.example', ...headers })
}

async function bearer(consumer, secret = secrets[consumer]) {
  return { authorization: `Bearer ${await tokenOf(consumer, secret)}` }
}

async function token(world) {
  const none = await api(world)
  claim(none.status === 401, `no token: ${none.status} ${JSON.stringify(none.body)}`)
  const forged = await api(world, await bearer('web', 'x'.repeat(32)))
  claim(forged.status === 401, `signed by somebody else: ${forged.status} ${JSON.stringify(forged.body)}`)
  const known = await api(world, await bearer('web'))
  claim(isOk(known), `signed by the consumer "web": ${known.status}, from ${known.body.instance}`)
}

async function limit(world) {
  // Kong counts by the calendar's minutes: one that ends now would let twice as many through.
  const leftMs = 60_000 - (Date.now() % 60_000)
  if (leftMs < 2_000) await sleep(leftMs)
  const headers = await bearer('mobile')
  const replies = await many(25, 1, () => api(world, headers))
  const passed = replies.filter(isOk).length
  const last = replies.at(-1)
  claim(passed === 20, `${replies.length} calls of the consumer "mobile": ${passed} passed, as many as a minute has`)
  claim(
    last.status === 429,
    `then ${last.status} ${JSON.stringify(last.body)}, retry after ${last.headers['retry-after']} s`,
  )
  const other = await api(world, await bearer('web'))
  claim(isOk(other), `the consumer "web" has a limit of its own: ${other.status}`)
}

async function strict({ edge, backend }) {
  const target = backend('v1-1')
  const before = await target.ask('counts')
  const plain = await get(target.port, '/products').catch((error) => error.code)
  claim(typeof plain === 'string', `plain HTTP: ${plain}`)
  const refusal = await tlsRefusal(target.port)
  claim(refusal !== undefined, `TLS without a certificate: ${refusal}`)
  const { served } = await target.ask('counts')
  claim(served === before.served, `${served - before.served} calls reached it`)
  claim(isOk(await get(edge.port, '/products')), 'the edge, which has a certificate of the mesh, is served')
}

function ordinal(n) {
  return `${n}${['th', 'st', 'nd', 'rd'][n % 100 > 10 && n % 100 < 14 ? 0 : n % 10] ?? 'th'}`
}
