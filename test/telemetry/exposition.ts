import type { MetricsRegistry } from '../../src/telemetry/metrics/registry.js'

/**
 * The value of the one line of that name whose labels are among those given, in what Prometheus would scrape; undefined
 * if there is none. Throws if there are several.
 */
export async function scraped(
  registry: MetricsRegistry,
  name: string,
  labels: Record<string, string> = {},
): Promise<number | undefined> {
  const lines = (await registry.metrics())
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) =>
      Object.entries(labels).every(([key, value]) => new RegExp(`[{,]${key}="${value}"[,}]`).test(line)),
    )
  if (lines.length > 1) throw new Error(`several lines:\n${lines.join('\n')}`)
  return lines[0] === undefined ? undefined : Number(lines[0].split(' ').at(-1))
}
