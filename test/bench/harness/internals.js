/** The modules of the package one by one, for what measures a part alone: `dist/` has put them together. */
import { fileURLToPath } from 'node:url'
import { build } from 'rolldown'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const out = new URL('../internals/', import.meta.url)

await build({
  cwd: root,
  input: 'src/index.ts',
  platform: 'node',
  external: (id) => !id.startsWith('.') && !id.startsWith('/'),
  treeshake: false,
  logLevel: 'warn',
  output: { dir: fileURLToPath(out), preserveModules: true, preserveModulesRoot: 'src', sourcemap: true },
})

/**
 * @param {string} module its place in `src/`, such as `core/call.js`
 * @returns {Promise<any>}
 */
export function internals(module) {
  return import(new URL(module, out).href)
}
