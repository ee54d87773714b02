// The edge: an Express application that is a gateway by its Ingress and KongPlugins, and has a route of its own that
// calls the backends through mesh.fetch. Both go out by the VirtualService and the DestinationRule.
import express from 'express'
import { createMesh, developmentIdentity } from 'sidecarless'
import { meshGateway, meshMiddleware } from 'sidecarless/express'
import { formatDiagnostic, loadManifests } from 'sidecarless/manifests'
import { serveParent } from './child.js'

const [, manifests, endpoints] = process.argv.slice(2)
const fromManifests = await loadManifests(manifests, { endpoints: { 'backend-service': JSON.parse(endpoints) } })

const mesh = createMesh({
  service: 'edge',
  identity: developmentIdentity({ trustDomain: 'quickstart.local', service: 'edge', dir: process.env.IDENTITY_DIR }),
  config: [
    fromManifests,
    {
      inbound: { mtls: 'disable' }, // clients from outside speak plain HTTP here; TLS would end in front of it
      services: {
        // Istio has no word for a breaker that opens on a share of failures.
        'backend-service': {
          circuitBreaker: {
            errorThresholdPercentage: 50,
            volumeThreshold: 6,
            rollingWindow: '1s',
            resetTimeout: '2s',
          },
        },
      },
    },
  ],
})

const app = express()
app.get('/products', meshMiddleware(mesh), async (request, response) => {
  const canary = request.get('x-canary')
  try {
    const answer = await mesh.fetch('http://backend-service/products', {
      headers: canary === undefined ? {} : { 'x-canary': canary },
    })
    response.status(answer.status).json(await answer.json())
  } catch (error) {
    const { status, code } = error.cause
    response.status(status).json({ code })
  }
})
app.use(meshGateway(mesh))

const events = []
for (const name of ['retry', 'ejection', 'breaker'])
  mesh.on(name, (event) => events.push({ name, at: performance.now(), ...event }))

const server = app.listen(0, '127.0.0.1', () => {
  const commands = {
    diagnostics: () => fromManifests.diagnostics.map(formatDiagnostic),
    explain: (headers) => mesh.explain({ url: 'http://backend-service/products', headers }),
    /** What has happened since the last question. */
    events: () => events.splice(0),
  }
  serveParent(server.address().port, commands, () => {
    server.close()
    return mesh.close()
  })
})
