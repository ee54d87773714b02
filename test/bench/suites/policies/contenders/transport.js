/** The transport alone: a call object, an exchange, a reply. */
import { isRight, request, stubPools } from '../stubbed-pool.js'

export async function open() {
  stubPools()
  const { clientCall, undiciTransport } = await import('../../../../../dist/index.js')
  const send = undiciTransport()
  async function call() {
    const { status, body } = await send(clientCall(request))
    return isRight(status, await body.json())
  }
  return { call, close: () => send.destroy() }
}
