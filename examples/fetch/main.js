// fetch with a retry, a timeout and a breaker around it, against a server that is having a bad day.
// Run it after a build: node examples/fetch/main.js
import { createServer } from 'node:http'
import { createMesh } from 'sidecarless'

let asked = 0
const server = createServer((request, response) => {
  asked++
  if (request.url === '/slow') return // never answers
  const status = request.url === '/broken' || asked < 3 ? 503 : 200
  response.writeHead(status).end(`answer ${asked}`)
}).listen(0)

const mesh = createMesh({
  service: 'web',
  config: {
    services: {
      greeter: {
        endpoints: [{ url: `http://127.0.0.1:${server.address().port}` }],
        timeout: '300ms',
        retry: { attempts: 2, on: ['5xx'] },
        circuitBreaker: { errorThresholdPercentage: 50, volumeThreshold: 10 },
      },
    },
  },
})

const response = await mesh.fetch('http://greeter/hello')
console.log(`retry:   ${response.status} ${await response.text()}`)

const late = await mesh.fetch('http://greeter/slow').catch((error) => error.cause)
console.log(`timeout: ${late.code}, answered as ${late.status} at an edge`)

const outcomes = []
while (outcomes.length < 20 && outcomes.at(-1) !== 'ERR_MESH_CIRCUIT_OPEN')
  await mesh.fetch('http://greeter/broken').then(
    ({ status }) => outcomes.push(status),
    ({ cause }) => outcomes.push(cause.code),
  )
console.log(`breaker: ${outcomes.join(', ')}`)

await mesh.close()
server.close()
