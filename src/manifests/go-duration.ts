const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
}
const whole = /^(?:\d+(?:\.\d*)?(?:ns|us|µs|ms|s|m|h))+$/
const part = /(\d+(?:\.\d*)?)(ns|us|µs|ms|s|m|h)/g

/** The milliseconds of a duration as Go, protobuf and Kubernetes write it: `1h30m`, `0.5s`; undefined if it is none. */
export function parseGoDuration(text: string): number | undefined {
  if (text === '0') return 0
  if (!whole.test(text)) return undefined
  let ms = 0
  for (const [, amount, unit] of text.matchAll(part)) ms += Number(amount) * (unitMs[unit ?? ''] ?? Number.NaN)
  return Math.round(ms * 1e6) / 1e6
}
