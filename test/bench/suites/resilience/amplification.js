/** N1, N2: what a service that fails altogether gets on top. N17: what one request can cost. N20: what takes effect twice. */
import { gzipSync } from 'node:zlib'
import { createMesh } from 'sidecarless'
import { atMost, inParallel, outcome } from './figure.js'
import { naiveStack } from './naive.js'

/** @param {import('./figure.js').Context} context */
export async function amplification({ upstream, quick }) {
  const { url, call } = await upstream()
  const calls = quick ? 1_000 : 10_000
  await call('become', { mode: 'fail' })
  const mesh = createMesh({
    service: 'bench',
    config: { services: { api: { endpoints: [{ url }], retry: { attempts: 3, on: ['5xx'] } } } },
  })
  const since = performance.now()
  await inParallel(calls, () => outcome(mesh))
  const seconds = (performance.now() - since) / 1_000
  await mesh.close()
  const made = await call('requests')
  await call('become', { mode: 'fail' })
  const naive = naiveStack({ timeoutMs: 1_000, retries: 3 })
  const few = quick ? 200 : 1_000
  await inParallel(few, () => naive(url).catch(() => 0))
  const naiveMade = await call('requests')
  // One a second is always there, for as long as the window is, and for as long as it took.
  const floor = (10 + seconds) / calls
  return [
    atMost('N1 attempts per call at 100 % failure', made / calls, 1.1 + floor, { digits: 3, naive: naiveMade / few }),
  ]
}

/** @param {import('./figure.js').Context} context */
export async function sideEffects({ upstream, quick, seed }) {
  const { url, call } = await upstream()
  const calls = quick ? 1_000 : 10_000
  await call('become', { mode: 'random', seed })
  const mesh = createMesh({
    service: 'bench',
    config: { services: { api: { endpoints: [{ url }], timeout: '200ms', retry: { attempts: 3, on: ['5xx'] } } } },
  })
  let id = 0
  await inParallel(calls, () => outcome(mesh, { method: 'POST', body: 'x', headers: { 'x-id': String(id++) } }))
  await mesh.close()
  const twice = (await call('effects')).filter((/** @type {number} */ n) => n > 1).length
  await call('become', { mode: 'random', seed })
  const naive = naiveStack({ timeoutMs: 200, retries: 3 })
  const few = Math.min(calls, 1_000)
  await inParallel(few, () =>
    naive(url, { method: 'POST', body: 'x', headers: { 'x-id': String(id++) } }).catch(() => 0),
  )
  const naiveTwice = (await call('effects')).filter((/** @type {number} */ n) => n > 1).length
  return [atMost(`N20 POSTs that took effect twice, of ${calls} (naive: of ${few})`, twice, 0, { naive: naiveTwice })]
}

/** @param {import('./figure.js').Context} context */
export async function tiers({ upstream, child, quick }) {
  const { url, call } = await upstream()

  /** Calls go through three tiers. @param {'mesh' | 'naive'} stack @param {number} calls */
  async function through(stack, calls) {
    await call('become', { mode: 'fail' })
    let next = url
    for (let tier = 0; tier < 3; tier++)
      next = (await child(new URL('./tier.js', import.meta.url), 'start', { stack, next })).result
    const since = performance.now()
    await inParallel(calls, () => fetch(next).then((response) => response.arrayBuffer()))
    return { made: (await call('requests')) / calls, seconds: (performance.now() - since) / 1_000 }
  }

  const calls = quick ? 1_000 : 10_000
  const mesh = await through('mesh', calls)
  const naive = await through('naive', 10)
  const floor = (3 * (10 + mesh.seconds)) / calls
  return [
    atMost('N2 calls of the last service for each, three tiers before it', mesh.made, 1.33 + floor, {
      digits: 3,
      naive: naive.made,
    }),
  ]
}

/** @param {import('./figure.js').Context} context */
export async function oneRequest({ upstream }) {
  const { url, call } = await upstream()
  const bomb = gzipSync(Buffer.alloc(200 * 2 ** 20))
  await call('become', { mode: 'bomb', body: bomb })
  const traps = ['^(a+)+$', '([a-zA-Z]+)*$', '(.*a){12}$'].map((regex) => ({
    match: [{ headers: { 'x-id': { regex } } }],
    directResponse: { status: 418 },
  }))
  const mesh = createMesh({
    service: 'bench',
    config: { services: { api: { endpoints: [{ url }], routes: [...traps, {}] } } },
  })
  /** Bytes that a reader got. */
  const read = async () => {
    try {
      return (await (await mesh.fetch('http://api/')).arrayBuffer()).byteLength
    } catch {
      return 0
    }
  }
  await read()
  const before = process.memoryUsage().rss
  let most = before
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss)
  }, 1)
  const delivered = await read()
  clearInterval(watch)
  most = Math.max(most, process.memoryUsage().rss)

  await call('become', { mode: 'ok' })
  /** What one call costs, ms of CPU. @param {string} id */
  async function costOf(id) {
    const cpu = process.cpuUsage()
    for (let i = 0; i < 100; i++) await outcome(mesh, { headers: { 'x-id': id } })
    return process.cpuUsage(cpu).user / 100_000
  }
  const evil = `${'a'.repeat(40)}!`
  for (const id of ['!', evil]) await costOf(id)
  const plain = await costOf('!')
  const hostile = await costOf(evil)
  await mesh.close()
  return [
    atMost('N17 bytes delivered of a gzip bomb of 200 MiB (F19)', delivered, 0),
    atMost('N17 memory for that gzip bomb', (most - before) / 2 ** 20, 20, { digits: 1, unit: ' MiB', timed: true }),
    atMost('N17 CPU of a header against hostile patterns (C17), times that of another', hostile / plain, 100, {
      digits: 1,
      timed: true,
    }),
  ]
}
