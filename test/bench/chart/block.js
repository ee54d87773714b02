/** The part of a document that a script writes: between two comments, which stay. */

/**
 * @param {string} document
 * @param {string} name of the block
 * @param {string} text
 * @returns {string} throws when the document has no such block
 */
export function replaceBlock(document, name, text) {
  const [begin, end] = [`<!-- benchmark: ${name} -->`, `<!-- end: ${name} -->`]
  const from = document.indexOf(begin)
  const to = document.indexOf(end)
  if (from === -1 || to < from) throw new RangeError(`no block between "${begin}" and "${end}"`)
  return `${document.slice(0, from + begin.length)}\n${text.trim()}\n${document.slice(to)}`
}

/**
 * @param {readonly string[]} header the first column to the left, the others to the right
 * @param {readonly (readonly string[])[]} rows
 * @returns {string} a table in Markdown
 */
export function markdownTable(header, rows) {
  const rule = header.map((_title, column) => (column === 0 ? '---' : '---:'))
  return [header, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/**
 * @param {{ machine: ReturnType<typeof import('../harness/machine.js').describeMachine>, startedAt: string, commit?: string | null }} report
 * @param {readonly string[]} more versions
 * @returns {string} what a reader must know to compare
 */
export function provenance({ machine, startedAt, commit }, more = []) {
  const undici = machine.packages.undici === undefined ? [] : [`undici ${machine.packages.undici}`]
  // Results of old have none.
  const measured = commit ? [`commit ${commit}`] : []
  const versions = [`Node ${machine.node.slice(1)}`, ...undici, ...more, ...measured]
  return `${machine.cores} × ${machine.cpu}, ${machine.platform}, ${versions.join(', ')}, ${startedAt.slice(0, 10)}`
}

/**
 * @param {readonly { spoilt?: number }[]} lines
 * @param {number} rounds
 * @returns {string} what the figures are medians of, and how much of it was measured on a busy machine, or not at all
 */
export function describeRounds(lines, rounds) {
  const spoilt = lines.reduce((sum, line) => sum + (line.spoilt ?? 0), 0)
  return `medians of ${rounds} interleaved rounds, ${spoilt} of ${lines.length * rounds} measurements spoilt`
}
