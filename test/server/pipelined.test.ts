import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import { finished } from 'node:stream/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Connections } from '../../src/server/connections.js'
import { closeWithConnection, queuedOn } from '../../src/server/pipelined.js'

interface Pipeline {
  socket: net.Socket
  connections: Connections
  /** In the order of the requests. */
  responses: http.ServerResponse[]
  /** What was emitted, by number of the response. */
  events: string[]
}

/** Requests that were sent in one piece, and that nobody answers by himself. */
async function pipelined(requests: number): Promise<Pipeline> {
  const responses: http.ServerResponse[] = []
  const events: string[] = []
  const server = http.createServer((request, response) => {
    connections.used(request.socket, response)
    // As an adapter does it beside the server.
    closeWithConnection(request.socket, response)
    const number = responses.push(response)
    response.on('close', () => events.push(`${number} closed`))
    if (number === requests) arrived()
  })
  const connections = new Connections(server, [server])
  let arrived = (): void => {}
  const all = new Promise<void>((resolve) => {
    arrived = resolve
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const socket = net.connect(port, '127.0.0.1', () =>
    socket.write('GET / HTTP/1.1\r\nhost: h\r\n\r\n'.repeat(requests)),
  )
  socket.on('error', () => {})
  onTestFinished(() => {
    socket.destroy()
    server.closeAllConnections()
    server.close()
  })
  await all
  return { socket, connections, responses, events }
}

describe('responses of pipelined requests', () => {
  it('close with their connection, each once, whether they had it or not', async () => {
    const { socket, responses, events } = await pipelined(3)
    const [first, second, third] = responses
    third?.end('ready before its turn')
    first?.end()
    await once(first ?? socket, 'close')
    expect(second?.socket).not.toBeNull()
    const last = once(third ?? socket, 'close')
    socket.destroy()
    await last
    await new Promise(setImmediate)
    expect(events.toSorted()).toEqual(['1 closed', '2 closed', '3 closed'])
    expect(third).toMatchObject({ destroyed: true, closed: true, writableFinished: false })
  })

  it('close too when somebody has destroyed them before their turn', async () => {
    const { socket, responses, events } = await pipelined(2)
    responses[1]?.destroy()
    socket.destroy()
    await once(responses[1] ?? socket, 'close')
    expect(events).toContain('2 closed')
  })

  it('are streams that have ended, for those who ask later', async () => {
    const { socket, responses } = await pipelined(2)
    const [, second] = responses
    socket.destroy()
    if (second === undefined) throw new Error('two requests have two responses')
    await once(second, 'close')
    await expect(finished(second)).rejects.toMatchObject({ code: 'ERR_STREAM_PREMATURE_CLOSE' })
  })

  it('take their turn as if nobody watched them', async () => {
    const { socket, responses, events } = await pipelined(2)
    let answers = ''
    socket.on('data', (bytes) => {
      answers += bytes
    })
    const closed = Promise.all(responses.map((response) => once(response, 'close')))
    for (const [i, response] of responses.entries()) response.end(`answer ${i}`)
    await closed
    while (!answers.includes('answer 1')) await once(socket, 'data')
    expect(answers).toMatch(/answer 0.*answer 1/s)
    expect(events).toEqual(['1 closed', '2 closed'])
  })

  it('are kept for a drain until they have ended, not longer', async () => {
    const { socket, connections, responses } = await pipelined(3)
    expect([...connections.underWay()]).toEqual(responses)
    const carrier = responses[0]?.socket
    responses[0]?.end()
    await once(responses[0] ?? socket, 'close')
    expect([...connections.underWay()]).toEqual(responses.slice(1))
    socket.destroy()
    await once(responses[2] ?? socket, 'close')
    expect([...connections.underWay()]).toEqual([])
    expect([...queuedOn(carrier ?? socket)]).toEqual([])
  })
})
