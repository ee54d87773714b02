import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { Diagnostic, Reporter } from './diagnostics.js'
import type { ManifestValue } from './document.js'
import type { ManifestText } from './sources.js'
import { maxFileLength, parseDocuments } from './yaml.js'

/** Longer texts are parsed in a thread of their own, characters: a document is put together in one go. */
const maxLengthHere = 1024 * 1024

/** Found from this file and from a chunk of the built package alike. */
const workerFile = new URL('../manifests/parse-worker.js', import.meta.url)

/** What the thread sends: each document by itself, so that taking them over is done bit by bit, and at last what it found. */
export type ParseMessage = { readonly document: ManifestValue } | { readonly diagnostics: readonly Diagnostic[] }

function parseElsewhere(manifest: ManifestText, report: Reporter): Promise<readonly ManifestValue[]> {
  return new Promise((resolve, reject) => {
    const documents: ManifestValue[] = []
    // The options of this process are for its own entry: --input-type would keep the thread from starting.
    const worker = new Worker(workerFile, { workerData: manifest, execArgv: [] })
    worker.on('error', reject)
    worker.on('message', (message: ParseMessage) => {
      if ('document' in message) documents.push(message.document)
      else for (const one of message.diagnostics) report.report(one.severity, one, one.code, one.message)
    })
    worker.on('exit', () => resolve(documents))
  })
}

/** Reads the documents of a manifest without holding up the event loop, however long it is. */
export async function parseManifest(manifest: ManifestText, report: Reporter): Promise<readonly ManifestValue[]> {
  const { name, text } = manifest
  const isLong = text.length > maxLengthHere && text.length <= maxFileLength
  // The worker's file is not there when somebody has bundled all of this into one.
  if (isLong && existsSync(fileURLToPath(workerFile))) return parseElsewhere(manifest, report)
  return parseDocuments(name, text, report)
}
