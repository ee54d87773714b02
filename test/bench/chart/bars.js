/** A chart of horizontal bars as SVG, written by hand: readable on light and on dark, as wide as a README. */

/**
 * @typedef {object} Bar
 * @property {string} label
 * @property {readonly { value: number, kind: 'ours' | 'theirs' | 'between' }[]} parts side by side
 */

/**
 * @typedef {object} Chart
 * @property {string} title
 * @property {string} subtitle
 * @property {(sum: number) => string} format of the number at the end of a bar
 * @property {readonly Bar[]} bars
 */

const WIDTH = 760
const LABELS = 250
const NUMBERS = 80
const TOP = 64
const ROW = 28
const THICK = 18

/** A file shown by `<img>` has no style but its own; the reader's preference for dark still reaches it. */
const style = `
  text { font: 13px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328 }
  .title { font-weight: 600; font-size: 15px }
  .note { fill: #59636e; font-size: 12px }
  .ours { fill: #1a7f37 }
  .theirs { fill: #8c959f }
  .between { fill: #bc4c00 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc }
    .note { fill: #9198a1 }
    .ours { fill: #3fb950 }
    .theirs { fill: #6e7681 }
    .between { fill: #db6d28 }
  }`

/**
 * @param {Chart} chart
 * @returns {string}
 */
export function drawBars({ title, subtitle, format, bars }) {
  const longest = Math.max(...bars.map(sumOf))
  const scale = (WIDTH - LABELS - NUMBERS) / longest
  const height = TOP + bars.length * ROW + 8
  const spoken = `${title}: ${bars.map((bar) => `${bar.label} ${format(sumOf(bar))}`).join('; ')}`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escapeXml(spoken)}">
<style>${style}
</style>
<text class="title" x="0" y="20">${escapeXml(title)}</text>
<text class="note" x="0" y="42">${escapeXml(subtitle)}</text>
${bars.map((bar, row) => drawBar(bar, TOP + row * ROW, scale, format)).join('\n')}
</svg>
`
}

/**
 * @param {Bar} bar
 * @param {number} y
 * @param {number} scale pixels a unit
 * @param {Chart['format']} format
 */
function drawBar(bar, y, scale, format) {
  const base = y + THICK - 4
  let x = LABELS
  const parts = bar.parts.map(({ value, kind }) => {
    const width = value * scale
    const drawn = `<rect class="${kind}" x="${round(x)}" y="${y}" width="${round(width)}" height="${THICK}"/>`
    x += width
    return drawn
  })
  return [
    `<text x="${LABELS - 8}" y="${base}" text-anchor="end">${escapeXml(bar.label)}</text>`,
    ...parts,
    `<text x="${round(x + 6)}" y="${base}">${escapeXml(format(sumOf(bar)))}</text>`,
  ].join('')
}

/** @param {Bar} bar */
function sumOf({ parts }) {
  return parts.reduce((sum, { value }) => sum + value, 0)
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10
}

/** @param {string} text */
function escapeXml(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
