import { either, exactly, integer, list, object, type Schema, text } from '../../core/schema/index.js'

/** Which concurrent calls are one. */
export interface CoalesceSettings {
  /** Largest reply that is shared, by its `content-length`, in bytes. From 0. Default 1 MiB. */
  maxBytes?: number | undefined
  /** Request headers in which calls may differ and still be one, besides those of tracing. Default: none. */
  ignoreHeaders?: readonly string[] | undefined
}

/** `true` for the defaults. */
export type CoalesceOptions = true | CoalesceSettings

/** Schema of `CoalesceOptions`. */
export const coalesceOptions: Schema<CoalesceOptions> = either<true, CoalesceSettings>(
  exactly(true),
  object<CoalesceSettings>({ maxBytes: integer(0), ignoreHeaders: list(text) }),
)
