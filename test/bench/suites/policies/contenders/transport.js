/** The transport alone: a call object, an exchange, a reply. */
import { isRight, openStillUpstreams, request } from '../still-connections.js'

export async function open() {
  const [origin] = await openStillUpstreams(1)
  const { clientCall, undiciTransport } = await import('../../../../../dist/index.js')
  const send = undiciTransport()
  const target = { ...request, url: new URL(new URL(request.url).pathname, origin).href }
  async function call() {
    const { status, body } = await send(clientCall(target))
    return isRight(status, await body.json())
  }
  return { call, close: () => send.destroy() }
}
