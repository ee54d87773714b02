/**
 * Loaded by `--import`, with the file to write in the query of its address: samples what a process allocates and writes it as it
 * leaves. `--heap-prof` samples only what is still there then, and a call leaves nothing.
 */
import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector'

/** Bytes between two samples, about. */
const INTERVAL = 16_384

const file = new URL(import.meta.url).searchParams.get('file')
const session = new Session()
session.connect()
session.post('HeapProfiler.startSampling', {
  samplingInterval: INTERVAL,
  includeObjectsCollectedByMajorGC: true,
  includeObjectsCollectedByMinorGC: true,
})
process.once('exit', () => {
  // A session within its own thread answers before `post` returns.
  session.post('HeapProfiler.stopSampling', (error, result) => {
    if (error === null && file !== null) writeFileSync(file, JSON.stringify(result.profile))
  })
})
