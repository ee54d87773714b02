/** What every server answers: the payload that the path names, counted. */
import { payloads } from './payloads.js'

const replies = new Map(
  payloads.map(({ path, read, body }) => {
    const type = read === 'json' ? 'application/json' : 'application/octet-stream'
    return [path, { headers: { 'content-type': type, 'content-length': String(body.length) }, body }]
  }),
)

export function createAnswerer() {
  let answered = 0

  /**
   * @param {import('node:http').IncomingMessage} request
   * @param {import('node:http').ServerResponse} response
   */
  function answer(request, response) {
    const reply = replies.get(request.url ?? '')
    if (reply === undefined || request.method !== 'GET') {
      response.writeHead(404).end()
      return
    }
    answered += 1
    response.writeHead(200, reply.headers).end(reply.body)
  }
  return { answer, answered: () => answered }
}
