import net from 'node:net'
import { expect, it } from 'vitest'
import { serving } from './scaffold.js'
import { undiciTransport } from '../../src/transport/index.js'
import { clientCall } from '../../src/core/call.js'
it('a', async () => {
  const s = await serving({ hang: 'headers' })
  const c = net.connect(s.port, '127.0.0.1'); c.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
  await expect.poll(() => s.requests.length).toBe(1)
  c.destroy()
  await new Promise((r) => setTimeout(r, 300))
  console.log('net client destroyed', s.open)
  const call = clientCall({ url: s.url })
  const send = undiciTransport()
  const p = send(call).catch(() => {})
  await expect.poll(() => s.requests.length).toBe(2)
  call.cancel(new Error('x')); await p
  await new Promise((r) => setTimeout(r, 300))
  console.log('undici', s.open)
  await send.close()
  await new Promise((r) => setTimeout(r, 300))
  console.log('undici', s.open)
})
