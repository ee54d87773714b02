/** A plain text table: names to the left, numbers to the right. */

/**
 * @param {readonly string[]} header
 * @param {readonly (readonly string[])[]} rows
 * @returns {string}
 */
export function renderTable(header, rows) {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)))
  const rule = widths.map((width) => '-'.repeat(width))
  return [header, rule, ...rows].map((row) => renderRow(row, widths)).join('\n')
}

/**
 * @param {number | null | undefined} value
 * @param {number} digits after the point
 * @returns {string} '-' for what was not measured
 */
export function formatNumber(value, digits = 0) {
  if (value === null || value === undefined || !Number.isFinite(value)) return '-'
  return value.toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    signDisplay: 'negative',
  })
}

/**
 * @param {readonly string[]} row
 * @param {readonly number[]} widths
 * @returns {string}
 */
function renderRow(row, widths) {
  const cells = widths.map((width, column) => {
    const text = row[column] ?? ''
    return column === 0 ? text.padEnd(width) : text.padStart(width)
  })
  return cells.join('  ').trimEnd()
}
