/** Which functions of a profile are the package's: built into `dist/`, but for its transport, where a call has to be written and read. */

/** @typedef {import('./shares.js').Share} Share */

/** The whole address: dependencies have a `dist` too. */
const built = new URL('../../../dist/', import.meta.url).href

/**
 * What engines do on behalf of a function, such as `JSON.parse`, counts as the function's own.
 * @param {readonly Share[]} functions
 * @returns {Share[]} in the same order
 */
export function ownOutsideTransport(functions) {
  return functions.filter(({ url, place }) => url.startsWith(built) && !place.startsWith('src/transport/'))
}
