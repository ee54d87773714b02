/** The policy as an application uses it, in front of a handler that answers at once. */
import { directReply, HeaderMap, rateLimit, ServerCall } from 'sidecarless'
import { connect, inTurn } from './connect.js'

const reply = Promise.resolve(directReply(200))
const application = () => reply
const exchange = {}

/**
 * @param {import('./connect.js').Options} options
 * @param {{ limit: number, status: number }} expected
 */
export async function openLimit(options, { limit, status }) {
  const { client, close } = await connect(options)
  const store = client === undefined ? 'memory' : client
  const policy = rateLimit({
    name: `bench-${limit}`,
    limit,
    per: '24h',
    by: 'ip',
    headers: false,
    store,
    storeTimeout: '5s',
    failureMode: 'closed',
  })
  const nextCall = inTurn(
    (remoteAddress) =>
      new ServerCall({
        method: 'GET',
        target: '/',
        headers: new HeaderMap(),
        scheme: 'http',
        remoteAddress,
        localPort: 80,
        exchange,
      }),
  )
  async function call() {
    try {
      return (await policy(nextCall(), application)).status === status
    } catch (error) {
      return error instanceof Error && 'status' in error && error.status === status
    }
  }
  return { call, close }
}
