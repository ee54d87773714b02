/**
 * Builds the code of `dist/`; its declarations are `tsc`'s. What takes the time of a cold import is the number of files,
 * a quarter of a millisecond each, so all modules of an entry become one, and what entries share becomes a chunk of
 * which there is one copy. Nothing is minified or renamed, and source maps lead to `src/`, which is published too.
 */
import { chmodSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'rolldown'

const root = fileURLToPath(new URL('..', import.meta.url))
const { exports, bin } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
const published = Object.values(exports).flatMap((entry) => entry.default ?? [])
const commands = Object.values(bin)
/** Started by its file, as a thread. */
const worker = './dist/manifests/parse-worker.js'

/** The entries by their place in `dist/`, which is the one in `src/`. */
const input = Object.fromEntries(
  [...published, ...commands, worker].map((file) => {
    const name = file.replace(/^\.\/dist\//, '').replace(/\.js$/, '')
    return [name, `src/${name}.ts`]
  }),
)

await build({
  cwd: root,
  input,
  platform: 'node',
  external: (id) => !id.startsWith('.') && !id.startsWith('/'),
  logLevel: 'warn',
  output: {
    dir: 'dist',
    // One folder deep, like the sources that find files by their own place.
    chunkFileNames: 'chunks/[name].js',
    minifyInternalExports: false,
    // One letter beyond Latin-1 would double the memory of a file.
    charset: 'ascii',
    comments: { jsdoc: false },
    sourcemap: true,
    sourcemapExcludeSources: true,
  },
})

for (const command of commands) chmodSync(root + command, 0o755)
