/** Order statistics. Medians, because one spoilt sample must not move the answer. */

/**
 * @typedef {object} Spread
 * @property {number} median
 * @property {number} min
 * @property {number} max
 * @property {number} q1 first quartile
 * @property {number} q3 third quartile
 */

/**
 * The value below which the share `q` of the sorted values lies, interpolated between neighbours.
 * @param {ArrayLike<number>} sorted ascending
 * @param {number} q 0-1
 * @returns {number} NaN for no values
 */
export function quantile(sorted, q) {
  if (sorted.length === 0) return Number.NaN
  const position = (sorted.length - 1) * q
  const below = Math.floor(position)
  const above = Math.ceil(position)
  return sorted[below] + (sorted[above] - sorted[below]) * (position - below)
}

/**
 * @param {Iterable<number>} values
 * @returns {Spread}
 */
export function spreadOf(values) {
  const sorted = [...values].sort((a, b) => a - b)
  return {
    median: quantile(sorted, 0.5),
    min: quantile(sorted, 0),
    max: quantile(sorted, 1),
    q1: quantile(sorted, 0.25),
    q3: quantile(sorted, 0.75),
  }
}

/**
 * @param {Iterable<number>} values
 * @returns {number}
 */
export function median(values) {
  return spreadOf(values).median
}

/**
 * Half of the interquartile range as a share of the median: the "± 3 %" of a table.
 * @param {Spread} spread
 * @returns {number}
 */
export function relativeSpread(spread) {
  return (spread.q3 - spread.q1) / 2 / spread.median
}
