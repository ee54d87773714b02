/** What is measured: a transport, a payload, a number of calls in flight. */

/**
 * @typedef {object} Scenario
 * @property {string} transport http or mtls
 * @property {string} payload
 * @property {number} concurrency
 * @property {boolean} main all contenders take part, for the full number of rounds
 */

const transports = ['http', 'mtls']
const payloads = ['500B', '100B', '10kB', '1MB']
const concurrencies = [50, 1, 500]

/**
 * The main scenario first. With nothing chosen: the main one in full and every other for the important
 * contenders; in the quick form one more. With a dimension chosen: all of the chosen ones in full.
 * @param {import('../../harness/arguments.js').Arguments} options
 * @returns {Scenario[]}
 */
export function chooseScenarios(options) {
  if (options.transports ?? options.payloads ?? options.concurrencies) {
    return product(
      options.transports ?? ['http'],
      options.payloads ?? ['500B'],
      options.concurrencies ?? [50],
      () => true,
    )
  }
  const all = product(transports, payloads, concurrencies, isMain)
  return options.quick ? all.filter((scenario) => scenario.main || isQuickExtra(scenario)) : all
}

/**
 * Bodies of half a gigabyte in flight measure the machine's memory and not the client.
 * @param {Scenario} scenario
 */
export function isTooLarge({ payload, concurrency }) {
  return payload === '1MB' && concurrency > 100
}

/** @param {Scenario} scenario */
export function titleOf({ transport, payload, concurrency }) {
  return `${transport === 'mtls' ? 'mutual TLS' : 'HTTP'}, ${payload}, ${concurrency} in flight`
}

/** @param {Omit<Scenario, 'main'>} scenario */
function isMain({ transport, payload, concurrency }) {
  return transport === 'http' && payload === '500B' && concurrency === 50
}

/** @param {Scenario} scenario */
function isQuickExtra({ transport, payload, concurrency }) {
  return transport === 'mtls' && payload === '10kB' && concurrency === 1
}

/**
 * @param {readonly string[]} transportNames
 * @param {readonly string[]} payloadNames
 * @param {readonly number[]} inFlight
 * @param {(scenario: Omit<Scenario, 'main'>) => boolean} main
 * @returns {Scenario[]}
 */
function product(transportNames, payloadNames, inFlight, main) {
  return transportNames.flatMap((transport) =>
    payloadNames.flatMap((payload) =>
      inFlight.map((concurrency) => {
        const scenario = { transport, payload, concurrency }
        return { ...scenario, main: main(scenario) }
      }),
    ),
  )
}
