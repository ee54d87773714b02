import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { errorCodes } from '../../src/core/error-codes.js'
import { attemptStages, endpointStages, serverStages, serviceStages } from '../../src/core/stages.js'
import { ensureBuilt, root } from './build.js'
import { start } from './run.js'

const readme = readFileSync(join(root, 'README.md'), 'utf8')
const guides = readdirSync(join(root, 'src/guides'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => `src/guides/${name}`)

function codeBlocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, code = '']) => code,
  )
}

function links(text: string): string[] {
  return [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target = '']) => target)
}

describe('README.md', () => {
  beforeAll(ensureBuilt, 120_000)

  it('has one program, which runs and prints what its comment says', { timeout: 30_000 }, async () => {
    const [program = '', ...others] = codeBlocks('js')
    expect(others).toEqual([])
    const printed = /console\.log\(.*\) \/\/ (.*)$/m.exec(program)?.[1]
    const { code, output } = await start(process.execPath, ['--input-type=module', '--eval', program], { cwd: root })
      .end
    expect(output.trim()).toBe(printed)
    expect(code).toBe(0)
  })

  it('names only scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    const named = [...readme.matchAll(/npm (?:run )?(\w+)/g)].map(([, name = '']) => name)
    const own = named.filter((name) => !['ci', 'install'].includes(name))
    expect(own).toContain('test')
    expect(own).toContain('quickstart')
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(own))
  })

  it.each(['README.md', ...guides])('and the guides link only to files that exist: %s', (file) => {
    const targets = links(readFileSync(join(root, file), 'utf8'))
    expect(targets.filter((target) => !existsSync(join(root, dirname(file), target)))).toEqual([])
  })
})

describe('the guide to behaviour', () => {
  const guide = readFileSync(join(root, 'src/guides/behaviour.md'), 'utf8').replaceAll('`', '').replaceAll('→\n', '→ ')

  it.each([serviceStages, attemptStages, endpointStages, serverStages])(
    'names the stages in order: %s',
    (...stages) => {
      expect(guide).toContain(stages.join(' → '))
    },
  )

  it.each(Object.entries(errorCodes))('has the row of %s', (code, { status, flag, retryable, title }) => {
    expect(guide).toContain(`| ${code} | ${status} | ${flag} | ${retryable ? 'yes' : 'no'} | ${title} |`)
  })

  it('says which codes the mesh itself does not make', () => {
    const files = readdirSync(join(root, 'src'), { encoding: 'utf8', recursive: true }).filter(
      (name) => name.endsWith('.ts') && name !== join('core', 'error-codes.ts'),
    )
    const sources = files.map((name) => readFileSync(join(root, 'src', name), 'utf8')).join('')
    const unmade = Object.keys(errorCodes).filter((code) => !sources.includes(`'${code}'`))
    expect(guide).toContain(`The mesh itself makes no ${unmade.join(' and no ')};`)
  })
})
