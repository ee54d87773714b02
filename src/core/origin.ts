import { integer, object, type Schema, text } from './schema/index.js'

/** Where in a manifest something was written. */
export interface Origin {
  /** As the user named it: a path, or the `name` of a text. */
  readonly file: string
  /** 1-based. */
  readonly line: number
}

/** Schema of `Origin`. */
export const origin: Schema<Origin> = object<Origin>({ file: text, line: integer(1) }, ['file', 'line'])
