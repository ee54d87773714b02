/** Deepest nesting that is read. */
const maxDepth = 32

/** End of the string that begins at `start`, the closing quote included. The text is valid JSON already. */
function stringEnd(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === 92) i++
    else if (c === 34) return i + 1
  }
  return text.length
}

/** Whether an object of the text names a member twice, which two readers would read differently, or nests too deep. */
function isAmbiguous(text: string): boolean {
  const open: (Set<string> | undefined)[] = []
  let nameExpected = false
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === 123 || c === 91) {
      open.push(c === 123 ? new Set() : undefined)
      nameExpected = c === 123
      if (open.length > maxDepth) return true
    } else if (c === 125 || c === 93) {
      open.pop()
      nameExpected = false
    } else if (c === 44) nameExpected = open.at(-1) !== undefined
    else if (c === 34) {
      const end = stringEnd(text, i)
      const names = open.at(-1)
      if (nameExpected && names !== undefined) {
        const raw = text.slice(i, end)
        const name: string = raw.includes('\\') ? JSON.parse(raw) : raw.slice(1, -1)
        if (names.has(name)) return true
        names.add(name)
      }
      nameExpected = false
      i = end - 1
    }
  }
  return false
}

/** Parses a JSON object that has one reading only, into a null-prototype object; undefined for anything else. */
export function parseStrictObject(text: string): Readonly<Record<string, unknown>> | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value) || isAmbiguous(text)) return undefined
  return Object.assign(Object.create(null), value)
}

/** Makes parsed JSON unchangeable, all the way down. */
export function deepFrozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) deepFrozen(member)
    Object.freeze(value)
  }
  return value
}
