import type { FaultStep } from '../../../src/testing/index.js'

/** What the endpoints do with the attempts of one call, whichever of them they land on; the last step goes on. */
export interface Script {
  readonly name: string
  readonly steps: readonly FaultStep[]
  /** Default GET. */
  readonly method?: 'POST'
  readonly headers?: readonly (readonly [string, string])[]
  /** Every endpoint refuses connections meanwhile. */
  readonly down?: true
}

const ok: FaultStep = { reply: 200, body: 'ok' }

const statuses = [400, 401, 403, 404, 408, 409, 418, 425, 429, 500, 501, 502, 503, 504, 511]

const faults: readonly (readonly [string, FaultStep])[] = [
  ...statuses.map((status) => [String(status), { reply: status, body: `status ${status}` }] as const),
  ['FIN', { drop: 'close' }],
  ['RST', { drop: 'reset' }],
  ['garbage', { raw: 'no http at all\r\n\r\n' }],
  ['cut', { truncate: 5 }],
  ['cut right after the headers', { truncate: 0 }],
  ['RST in the body', { truncate: 5, ending: 'reset' }],
  ['limited', { reply: 429, headers: { 'x-envoy-ratelimited': 'true' } }],
  ['limited 503', { reply: 503, headers: { 'x-envoy-ratelimited': 'true' } }],
  ['marked 200', { reply: 200, headers: { 'x-retry-me': '1' } }],
  ['marked 403', { reply: 403, headers: { 'x-retry-me': '1' } }],
  ['retry-after', { reply: 503, headers: { 'retry-after': '30' } }],
]

const grpc: readonly (readonly [string, FaultStep])[] = ['1', '4', '8', '13', '14', '5'].map((status) => [
  `grpc-status ${status}`,
  { reply: 200, headers: { 'content-type': 'application/grpc', 'grpc-status': status } },
])

/** Each fault once, then for ever; and some sequences. */
export const scripts: readonly Script[] = [
  ...faults.flatMap(([name, step]): Script[] => [
    { name: `${name} once`, steps: [step, ok] },
    { name: `${name} for ever`, steps: [step] },
    { name: `POST, ${name} once`, steps: [step, ok], method: 'POST' },
  ]),
  ...grpc.map(
    ([name, step]): Script => ({
      name: `${name} once`,
      steps: [step, ok],
      method: 'POST',
      headers: [['content-type', 'application/grpc']],
    }),
  ),
  { name: '503, RST, 409, ok', steps: [{ reply: 503 }, { drop: 'reset' }, { reply: 409 }, ok] },
  {
    name: '500, 429 limited, ok',
    steps: [{ reply: 500 }, { reply: 429, headers: { 'x-envoy-ratelimited': '1' } }, ok],
  },
]

/** No endpoint takes a connection. */
export const downScripts: readonly Script[] = [{ name: 'refused', steps: [], down: true }]

/** Those that take time. */
export const slowScripts: readonly Script[] = [
  { name: 'silence once', steps: [{ hang: 'headers' }, ok] },
  { name: 'silence for ever', steps: [{ hang: 'headers' }] },
  { name: '503, silence', steps: [{ reply: 503 }, { hang: 'headers' }] },
]
