/** Deepest nesting of a manifest. */
export const maxDepth = 50

/**
 * Measures nesting from lexemes, before anything recursive sees the text: a few kilobytes of `[` or `- - -` would
 * otherwise cost a quarter of a second, or the stack.
 */
export class NestingMeter {
  #flow = 0
  #onLine = 0
  #atLineStart = true
  readonly #indents: number[] = []

  /** Takes the next lexeme; true when it lies too deep. The lexer's own markers say nothing. */
  exceeds(lexeme: string): boolean {
    const first = lexeme.charCodeAt(0)
    if (first === 0x02 || first === 0x18 || first === 0x1f) return false
    if (lexeme === '[' || lexeme === '{') return ++this.#flow + this.#indents.length > maxDepth
    if (lexeme === ']' || lexeme === '}') this.#flow = Math.max(0, this.#flow - 1)
    if (this.#flow > 0) return false
    if (lexeme === '\n' || lexeme === '\r\n') {
      this.#atLineStart = true
      this.#onLine = 0
      return false
    }
    if (lexeme === '-' || lexeme === '?' || lexeme === ':') this.#onLine++
    if (this.#atLineStart && first !== 0x23) {
      const indent = first === 0x20 ? lexeme.length : 0
      while ((this.#indents.at(-1) ?? -1) >= indent) this.#indents.pop()
      this.#indents.push(indent)
      this.#atLineStart = false
    }
    // The first indicator of a line belongs to the level that its indent has opened.
    return this.#indents.length + Math.max(0, this.#onLine - 1) > maxDepth
  }
}
