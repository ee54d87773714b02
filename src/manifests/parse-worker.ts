import { parentPort, workerData } from 'node:worker_threads'
import { Reporter } from './diagnostics.js'
import type { ParseMessage } from './parse.js'
import type { ManifestText } from './sources.js'
import { parseDocuments } from './yaml.js'

/** Runs in a thread: parses the one manifest that it was given. */
async function parse({ name, text }: ManifestText, send: (message: ParseMessage) => void): Promise<void> {
  const report = new Reporter()
  for (const document of await parseDocuments(name, text, report)) send({ document })
  send({ diagnostics: report.sorted([name]) })
}

void parse(workerData, (message) => parentPort?.postMessage(message))
