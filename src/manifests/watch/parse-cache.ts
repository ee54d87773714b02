import { createHash } from 'node:crypto'
import { type Diagnostic, Reporter } from '../diagnostics.js'
import type { ManifestValue } from '../document.js'
import { parseManifest } from '../parse.js'
import type { ManifestText } from '../sources.js'

interface Parsed {
  readonly hash: string
  readonly documents: readonly ManifestValue[]
  readonly diagnostics: readonly Diagnostic[]
}

/** Identifies the content of a manifest. */
export function contentHash({ text }: ManifestText): string {
  return createHash('sha256').update(text).digest('base64')
}

/** Parses only manifests whose content has changed; of the others it repeats what was found before. */
export class ParseCache {
  readonly #parsed = new Map<string, Parsed>()

  /** Documents of a manifest; what is wrong with them goes to `report` every time. */
  async parse(manifest: ManifestText, report: Reporter): Promise<readonly ManifestValue[]> {
    const hash = contentHash(manifest)
    let parsed = this.#parsed.get(manifest.name)
    if (parsed?.hash !== hash) {
      const own = new Reporter()
      const documents = await parseManifest(manifest, own)
      parsed = { hash, documents, diagnostics: own.sorted([manifest.name]) }
      this.#parsed.set(manifest.name, parsed)
    }
    for (const one of parsed.diagnostics) report.report(one.severity, one, one.code, one.message)
    return parsed.documents
  }

  /** Forgets manifests that are gone. */
  retain(names: ReadonlySet<string>): void {
    for (const name of this.#parsed.keys()) if (!names.has(name)) this.#parsed.delete(name)
  }
}
