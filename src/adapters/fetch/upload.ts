import { Readable } from 'node:stream'
import { errorOf } from '../../core/thrown.js'

interface ReadResult {
  readonly done: boolean
  readonly value?: unknown
}

/** The part of a web stream's reader that an upload uses. */
export interface UploadReader {
  read(): Promise<ReadResult>
  cancel(reason?: unknown): Promise<void>
}

/**
 * A web stream on its way to the wire. Unlike an async iteration it can be broken off while it waits for a chunk, so
 * that an aborted call tells the source at once.
 */
export class Upload extends Readable {
  readonly #reader: UploadReader
  readonly #ahead: Uint8Array[]
  #pending: Promise<ReadResult> | undefined

  /** `ahead` and `pending`: what was read of the stream before. */
  constructor(reader: UploadReader, ahead: readonly Uint8Array[] = [], pending?: Promise<ReadResult>) {
    super()
    this.#reader = reader
    this.#ahead = [...ahead]
    this.#pending = pending
  }

  override _read(): void {
    const chunk = this.#ahead.shift()
    if (chunk !== undefined) {
      this.push(chunk)
      return
    }
    const next = this.#pending ?? this.#reader.read()
    this.#pending = undefined
    next.then(
      ({ done, value }) => this.push(done ? null : value),
      (error: unknown) => this.destroy(errorOf(error)),
    )
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#reader.cancel(error ?? undefined).catch(() => {})
    done(error)
  }

  /** For a call that never came to send it; the source hears the very reason. */
  discard(reason: unknown): void {
    this.#reader.cancel(reason).catch(() => {})
    this.destroy()
  }
}
