import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const here = fileURLToPath(new URL('.', import.meta.url))
const guides = fileURLToPath(new URL('../../src/guides/', import.meta.url))

/** What pieces of programs take from the rest of theirs. */
const around = `
import type { Express } from 'express'
import type { EndpointOptions, Mesh, ServiceRoute } from 'sidecarless'
declare global {
  const app: Express
  const mesh: Mesh
  const endpoints: EndpointOptions[]
  const routes: ServiceRoute[]
  const port: number
}`

const config = `export const config = { services: { reviews: { endpoints: [{ url: 'http://10.0.0.11:9080' }] } } }`

/** The snippets of all guides as modules beside this one, by their paths. */
function snippets(): Map<string, string> {
  const found = new Map<string, string>()
  for (const name of readdirSync(guides).filter((file) => file.endsWith('.md'))) {
    const blocks = readFileSync(join(guides, name), 'utf8').matchAll(/^```ts\n([\s\S]*?)^```$/gm)
    for (const [index, [, code = '']] of [...blocks].entries())
      found.set(join(here, `${basename(name, '.md')}-${index + 1}.ts`), `${code}\nexport {}\n`)
  }
  return found
}

/** What the compiler says of the modules, as a user who has the package would hear it. */
function complaints(modules: ReadonlyMap<string, string>): string[] {
  const file = join(here, '../tsconfig.json')
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(file, ts.sys.readFile).config,
    ts.sys,
    join(here, '..'),
  )
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = (path) => modules.has(path) || fileExists(path)
  host.readFile = (path) => modules.get(path) ?? readFile(path)
  host.getSourceFile = (path, language, ...more) => {
    const text = modules.get(path)
    return text === undefined ? getSourceFile(path, language, ...more) : ts.createSourceFile(path, text, language)
  }
  const program = ts.createProgram([...modules.keys()], options, host)
  return [...modules.keys()].flatMap((path) =>
    ts
      .getPreEmitDiagnostics(program, program.getSourceFile(path))
      .map(({ messageText }) => `${basename(path)}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`),
  )
}

/** Objects and lists that their snippet only declares: as parts of a config they would not be checked, and their types widen. */
function looseParts(code: string): string[] {
  const names = [...code.matchAll(/^const (\w+) = [{[]/gm)].map(([, name = '']) => name)
  return names.filter((name) => code.split(new RegExp(`\\b${name}\\b`)).length === 2)
}

describe('the guides', () => {
  it('have no part of a config that no snippet uses, which would compile whatever it says', () => {
    const loose = [...snippets()].flatMap(([path, code]) =>
      looseParts(code).map((name) => `${basename(path)}: ${name}`),
    )
    expect(loose).toEqual([])
  })

  it('have no snippet that does not compile', { timeout: 60_000 }, () => {
    const found = snippets()
    expect(found.size).toBeGreaterThan(10)
    found.set(join(here, 'around.ts'), around).set(join(here, 'mesh-config.ts'), config)
    expect(complaints(found)).toEqual([])
  })
})
