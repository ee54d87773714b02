/** An upstream that does what it is told, in a process of its own: it can stall, break off, drip and go away. */
import { createServer } from 'node:http'
import { answerParent } from '../../harness/remote-process.js'

/** @typedef {'ok' | 'fail' | 'hang' | 'hang-body' | 'drop' | 'cut' | 'flood' | 'drip' | 'slow' | 'work' | 'bomb' | 'random'} Mode */

/** @type {Mode} */
let mode = 'ok'
let requests = 0
/** How often each POST took effect, by its id. @type {Map<string, number>} */
const effects = new Map()
let seed = 1
/** @type {Uint8Array} */
let body = new Uint8Array()

function random() {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return seed / 2 ** 32
}

/** @type {readonly Mode[]} */
const toxics = ['fail', 'hang', 'hang-body', 'drop', 'cut', 'drip', 'slow']

/** @returns {Mode} */
function draw() {
  return random() < 0.7 ? 'ok' : (toxics[Math.floor(random() * toxics.length)] ?? 'ok')
}

const server = createServer({ keepAliveTimeout: 0 }, async (request, response) => {
  requests += 1
  for await (const _ of request);
  const id = request.headers['x-id']
  if (request.method === 'POST' && typeof id === 'string') effects.set(id, (effects.get(id) ?? 0) + 1)
  const now = mode === 'random' ? draw() : mode
  switch (now) {
    case 'ok':
      return void response.end('0123456789')
    case 'fail':
      return void response.writeHead(503).end('no')
    case 'slow':
      return void setTimeout(() => response.end('0123456789'), 300)
    case 'work':
      return void setTimeout(() => response.end('0123456789'), 20)
    case 'bomb':
      return void response.writeHead(200, { 'content-encoding': 'gzip' }).end(body)
    case 'hang':
      return
    case 'hang-body':
      return void response.writeHead(200, { 'content-length': '10' }).write('012')
    case 'drop':
      return void request.socket.resetAndDestroy()
    case 'cut':
      response.writeHead(200, { 'content-length': '10' }).write('012')
      return void setTimeout(() => request.socket.destroy(), 5)
    case 'flood': {
      const timer = setInterval(() => request.socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'), 50)
      return void request.socket.once('close', () => clearInterval(timer))
    }
    case 'drip': {
      response.writeHead(200, { 'content-length': '100' })
      const timer = setInterval(() => response.write('x'), 100)
      return void request.socket.once('close', () => clearInterval(timer))
    }
  }
})
server.on('connection', (socket) => socket.on('error', () => {}))

/** @param {{ port: number }} options */
function listen({ port }) {
  return new Promise((resolve) => {
    server.listen({ port, host: '127.0.0.1' }, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
}

/** @param {{ mode: Mode, seed?: number, body?: Uint8Array }} options */
function become(options) {
  mode = options.mode
  seed = options.seed ?? seed
  body = options.body ?? body
  requests = 0
  effects.clear()
}

/** The id of every POST that took effect, as often as it did. */
function effectsById() {
  return [...effects].flatMap(([id, times]) => Array(times).fill(id))
}

/** Stands still. @param {{ ms: number }} options */
function stall({ ms }) {
  const until = performance.now() + ms
  while (performance.now() < until);
}

answerParent({ listen, become, stall, requests: () => requests, effects: () => [...effects.values()], effectsById })
