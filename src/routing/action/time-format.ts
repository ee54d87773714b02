const pad = (value: number, width: number): string => String(value).padStart(width, '0')

/** Specifiers of `START_TIME`, in UTC. */
const fields: Readonly<Record<string, (date: Date) => string>> = {
  Y: (date) => String(date.getUTCFullYear()),
  y: (date) => pad(date.getUTCFullYear() % 100, 2),
  m: (date) => pad(date.getUTCMonth() + 1, 2),
  d: (date) => pad(date.getUTCDate(), 2),
  H: (date) => pad(date.getUTCHours(), 2),
  M: (date) => pad(date.getUTCMinutes(), 2),
  S: (date) => pad(date.getUTCSeconds(), 2),
  F: (date) => date.toISOString().slice(0, 10),
  T: (date) => date.toISOString().slice(11, 19),
  Z: () => 'UTC',
  z: () => '+0000',
  s: (date) => String(Math.floor(date.getTime() / 1000)),
}

/** Fractions of a second: `%3f`, `%6f`, `%f`; to a millisecond, which is what the clock tells. */
function fraction(date: Date, digits: number): string {
  return pad(date.getUTCMilliseconds(), 3).padEnd(9, '0').slice(0, digits)
}

/**
 * Compiles the argument of `START_TIME`: what strftime knows of dates in UTC, `%s` for seconds since 1970 and `%3f` for
 * fractions. Throws an Error for another specifier.
 */
export function compileTimeFormat(format: string): (wallMs: number) => string {
  const parts: (string | ((date: Date) => string))[] = []
  const pattern = /%(%|[1-9]?f|E[1-9]S|[A-Za-z])|[^%]+|%/g
  for (const [text, specifier] of format.matchAll(pattern)) {
    if (text === '%') throw new Error('a "%" in a time format begins a specifier')
    if (specifier === undefined) parts.push(text)
    else if (specifier === '%') parts.push('%')
    else if (specifier.endsWith('f')) parts.push((date) => fraction(date, Number(specifier.slice(0, -1) || 9)))
    else if (specifier.length === 3) {
      const digits = Number(specifier[1])
      parts.push((date) => `${pad(date.getUTCSeconds(), 2)}.${fraction(date, digits)}`)
    } else {
      const field = Object.hasOwn(fields, specifier) ? fields[specifier] : undefined
      if (field === undefined) throw new Error(`does not know %${specifier} in a time format`)
      parts.push(field)
    }
  }
  return (wallMs) => {
    const date = new Date(wallMs)
    return parts.map((part) => (typeof part === 'string' ? part : part(date))).join('')
  }
}
