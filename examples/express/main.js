// An Express application that wants a token, lets each caller in twice a minute, and knows who is asking.
// Run it after a build: node examples/express/main.js
import express from 'express'
import { SignJWT } from 'jose'
import { createMesh } from 'sidecarless'
import { meshMiddleware } from 'sidecarless/express'

const secret = 'not-a-secret-for-this-example-only'
const mesh = createMesh({
  service: 'shop',
  config: {
    inbound: {
      jwt: [{ issuer: 'https://id.example', audiences: ['shop'], keys: [{ alg: 'HS256', secret }] }],
      rateLimits: [{ name: 'per-caller', limit: 2, per: '1m', by: 'principal', window: 'first-hit' }],
    },
  },
})

const app = express()
app.use(meshMiddleware(mesh))
app.get('/orders', (request, response) => {
  const { principal, claims } = request.mesh
  response.json({ of: claims.sub, principal })
})

const server = app.listen(0, async () => {
  const url = `http://127.0.0.1:${server.address().port}/orders`
  const token = await new SignJWT({ sub: 'ann' })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer('https://id.example')
    .setAudience('shop')
    .setExpirationTime('5m')
    .sign(new TextEncoder().encode(secret))

  for (const headers of [{}, ...Array(3).fill({ authorization: `Bearer ${token}` })]) {
    const response = await fetch(url, { headers })
    console.log(response.status, await response.text())
  }
  server.closeAllConnections()
  server.close()
  await mesh.close()
})
