import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { directReply } from '../../src/core/reply.js'
import { AccessLog } from '../../src/telemetry/access-log/access-log.js'
import { enroll } from '../../src/telemetry/metrics/catalogue.js'
import { inbound } from '../telemetry/calls.js'

function read(path: string): string {
  return readFileSync(fileURLToPath(new URL(`../../src/${path}`, import.meta.url)), 'utf8')
}

const guide = read('guides/operations.md')

/** Everything but what tests are given. */
function sources(): string[] {
  const files = readdirSync(fileURLToPath(new URL('../../src', import.meta.url)), { encoding: 'utf8', recursive: true })
  return files.filter((file) => file.endsWith('.ts') && !file.startsWith('testing'))
}

function words(pattern: RegExp, files: readonly string[]): string[] {
  return files.flatMap((file) => [...read(file).matchAll(pattern)].map(([, word = '']) => word))
}

interface Metric {
  readonly name: string
  readonly type: string
  readonly help: string
  readonly labelNames: readonly string[]
}

function metrics(): Metric[] {
  const registry = new Registry()
  enroll(registry)
  return registry.getMetricsAsArray() as unknown as Metric[]
}

/** Where its labels are Istio's two dozen, they are not written out. */
function row({ name, type, help, labelNames }: Metric): string {
  const labels = labelNames.length > 20 ? "Istio's" : labelNames.map((label) => `\`${label}\``).join(', ')
  return `| \`${name}\` | ${type} | ${labels} | ${help.replaceAll('|', '\\|')} |`
}

describe('the guide to operations', () => {
  it('has a row of every metric, with its labels and its help', () => {
    const rows = guide.split('\n').filter((line) => /^\| `(?:mesh|istio|kong)_\w+` \| /.test(line))
    expect(rows).toEqual(metrics().map(row))
  })

  it('names no metric that there is not', () => {
    const names = new Set(metrics().map(({ name }) => name))
    const named = [...guide.matchAll(/\b(?:mesh|istio|kong)_\w+/g)].map(([name]) => name)
    expect(named.filter((name) => !names.has(name))).toEqual([])
  })

  it('names every event', () => {
    const events = [...read('core/events.ts').matchAll(/^ {2}'?([a-z-]+)'?: \{$/gm)].map(([, name = '']) => name)
    expect(events).toContain('fault')
    const listed = /## Events\n([\s\S]*?)##/.exec(guide)?.[1] ?? ''
    const named = [...(listed.split('documents:')[1]?.matchAll(/`([a-z-]+)`/g) ?? [])].map(([, name = '']) => name)
    expect(named).toEqual(events)
  })

  it('names every field of the access log', () => {
    const fields: string[] = []
    const info = (line: object): void => void fields.push(...Object.keys(line))
    const log = new AccessLog({ info, debug: info, warn: info, error: info })
    const reply = directReply(200)
    log.server(inbound(), { startMs: 0, durationMs: 1, headersMs: 1, status: 200, flag: '-', reply, error: undefined })
    expect(fields).toContain('response_flags')
    expect(fields.filter((name) => !guide.includes(`\`${name}\``))).toEqual([])
  })

  it('names every detail of an error that is a word of ours', () => {
    const details = words(/\bdetail: '([^']+)'/g, sources())
    expect(details).toContain('circuit_open')
    const reasons = words(/[|=] '(\w+)'/g, ['identity/refusal.ts', 'auth/jwt/invalid-token.ts'])
    expect(reasons).toContain('unknown_ca')
    expect([...details, ...reasons].filter((word) => !guide.includes(`\`${word}\``))).toEqual([])
  })
})
