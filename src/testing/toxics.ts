import { setTimeout as sleep } from 'node:timers/promises'
import type { Ending } from './fault-step.js'

/** What a relay does to the bytes of one direction: the toxics of Toxiproxy, several at once if need be. What is absent is not done. */
export interface Toxics {
  /** `latency`: wait before every piece, ms. */
  latencyMs?: number | undefined
  /** Up to so much on top of the latency, by chance, ms. */
  jitterMs?: number | undefined
  /** `bandwidth`: bytes a second at most. */
  bytesPerSecond?: number | undefined
  /** `slicer`: cuts what comes into pieces of at most so many bytes. */
  sliceBytes?: number | undefined
  /** Wait between those pieces, ms. */
  sliceDelayMs?: number | undefined
  /** `slow_close`: the end of the connection arrives that much later, ms. */
  slowCloseMs?: number | undefined
  /** `timeout`: nothing arrives any more, and the connection ends that much later, ms; `Infinity` for never. */
  timeoutMs?: number | undefined
  /** `reset_peer`: an RST in place of the next piece, that much later, ms. */
  resetMs?: number | undefined
  /** `limit_data`: the connection ends after so many bytes. */
  limitBytes?: number | undefined
}

/** Cuts a chunk into pieces. */
function* piecesOf(chunk: Buffer, { sliceBytes = chunk.length }: Toxics): Iterable<Buffer> {
  for (let at = 0; at < chunk.length; at += Math.max(1, sliceBytes)) yield chunk.subarray(at, at + sliceBytes)
}

/** Passes on what comes, as the toxics of each moment say; resolves to how the connection is to end. */
export async function pass(
  from: AsyncIterable<Buffer>,
  write: (piece: Buffer) => void,
  { toxics, random, signal }: { toxics: () => Toxics; random: () => number; signal: AbortSignal },
): Promise<Ending | 'end'> {
  let passed = 0

  async function wait(ms: number): Promise<void> {
    if (ms === Number.POSITIVE_INFINITY) await new Promise((_, reject) => signal.addEventListener('abort', reject))
    else if (ms > 0) await sleep(ms, undefined, { signal })
  }

  async function breaksOff(): Promise<Ending | undefined> {
    const { timeoutMs, resetMs } = toxics()
    await wait(timeoutMs ?? resetMs ?? 0)
    return timeoutMs !== undefined ? 'close' : resetMs !== undefined ? 'reset' : undefined
  }

  for await (const chunk of from) {
    for (const piece of piecesOf(chunk, toxics())) {
      const { latencyMs = 0, jitterMs = 0, bytesPerSecond, sliceDelayMs = 0 } = toxics()
      await wait(latencyMs + jitterMs * random() + sliceDelayMs)
      if (bytesPerSecond !== undefined) await wait((piece.length / bytesPerSecond) * 1_000)
      const cut = await breaksOff()
      if (cut !== undefined) return cut
      const { limitBytes = Number.POSITIVE_INFINITY } = toxics()
      write(piece.subarray(0, limitBytes - passed))
      passed += piece.length
      if (passed >= limitBytes) return 'close'
    }
  }
  await wait(toxics().slowCloseMs ?? 0)
  return (await breaksOff()) ?? 'end'
}
