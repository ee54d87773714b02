/** Who takes part. Names are stable: the JSON, the goals and `--filter` use them. */

/**
 * @typedef {object} Contender
 * @property {string} name
 * @property {string} module
 * @property {'none' | 'ioredis' | 'node-redis'} client of Redis
 * @property {string} reference what its ratio is made with
 * @property {boolean} [remembers] decides without Redis for whom it knows to be over the limit
 */

const clients = /** @type {const} */ (['ioredis', 'node-redis'])

/** @type {readonly Contender[]} */
export const contenders = [
  { name: 'nothing: the loop alone', module: 'nothing', client: 'none', reference: 'RateLimiterMemory' },
  { name: 'RateLimiterMemory', module: 'rate-limiter-memory', client: 'none', reference: 'RateLimiterMemory' },
  { name: 'rateLimit in memory', module: 'ours', client: 'none', reference: 'RateLimiterMemory' },
  ...clients.flatMap((client) => {
    const reference = `RateLimiterRedis on ${client}`
    return [
      { name: `bare INCR on ${client}`, module: 'incr', client, reference },
      { name: reference, module: 'rate-limiter-redis', client, reference },
      { name: `rateLimit on ${client}`, module: 'ours', client, reference },
      { name: `rateLimit on ${client}, over the limit`, module: 'ours-over', client, reference, remembers: true },
    ]
  }),
]

/** @type {readonly { contender: string, reference: string, atMost: number }[]} client CPU per decision, as a ratio */
export const goals = [
  { contender: 'rateLimit in memory', reference: 'RateLimiterMemory', atMost: 1.25 },
  ...clients.map((client) => ({
    contender: `rateLimit on ${client}`,
    reference: `RateLimiterRedis on ${client}`,
    atMost: 1.1,
  })),
]

/** @param {Contender} contender */
export function moduleOf({ module }) {
  return new URL(`./contenders/${module}.js`, import.meta.url).href
}
