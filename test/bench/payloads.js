/** The replies of the upstream: what the server sends and what a contender must have read. */

/**
 * @typedef {object} Payload
 * @property {string} name
 * @property {string} path
 * @property {'json' | 'bytes'} read how a contender reads the body
 * @property {Buffer} body
 */

export const order = {
  id: 'order-4711',
  status: 'confirmed',
  customer: { id: 'customer-42', name: 'Ada Lovelace', tier: 'gold', email: 'ada@example.com' },
  items: [
    { sku: 'book-1815', title: 'Notes on the Analytical Engine', quantity: 1, price: 29.9, currency: 'EUR' },
    { sku: 'card-0100', title: 'Punched cards, box of one hundred', quantity: 3, price: 12.5, currency: 'EUR' },
  ],
  total: { net: 56.64, tax: 10.76, gross: 67.4 },
  note: 'Please leave the parcel with the neighbour on the second floor.',
}

/** @type {readonly Payload[]} */
export const payloads = [
  { name: '100B', path: '/100B', read: 'bytes', body: Buffer.alloc(100, 'x') },
  { name: '500B', path: '/500B', read: 'json', body: Buffer.from(JSON.stringify(order)) },
  { name: '10kB', path: '/10kB', read: 'bytes', body: Buffer.alloc(10_000, 'x') },
  { name: '1MB', path: '/1MB', read: 'bytes', body: Buffer.alloc(1_000_000, 'x') },
]

/**
 * @param {string} name
 * @returns {Payload}
 */
export function payloadNamed(name) {
  const payload = payloads.find((candidate) => candidate.name === name)
  if (payload === undefined) throw new RangeError(`no payload '${name}': ${payloads.map((p) => p.name).join(', ')}`)
  return payload
}

/**
 * A check of status and body that every contender pays alike.
 * @param {Payload} payload
 * @returns {(status: number, body: any) => boolean}
 */
export function replyCheck({ read, body }) {
  const length = body.length
  if (read === 'json') return (status, value) => status === 200 && value.id === order.id
  return (status, bytes) => status === 200 && bytes.byteLength === length
}
