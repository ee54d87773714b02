import { randomUUID } from 'node:crypto'

/** A form in its multipart encoding: a `Blob` has a length, and can be sent again. */
export interface Multipart {
  readonly blob: Blob
  /** Content-Type with the boundary. */
  readonly type: string
}

const lines = (text: string): string => text.replace(/\r\n|\r|\n/g, '\r\n')
const escaped = (text: string): string => text.replace(/\n/g, '%0A').replace(/\r/g, '%0D').replace(/"/g, '%22')

/** Encodes a form as WHATWG says; files stay where they are until they are sent. */
export function multipart(form: FormData): Multipart {
  const boundary = `----formdata-sidecarless-${randomUUID()}`
  const prefix = `--${boundary}\r\nContent-Disposition: form-data; name="`
  const parts: (string | Blob)[] = []
  for (const [name, value] of form) {
    const field = `${prefix}${escaped(lines(name))}"`
    if (typeof value === 'string') parts.push(`${field}\r\n\r\n${lines(value)}\r\n`)
    else {
      const type = value.type === '' ? 'application/octet-stream' : value.type
      parts.push(`${field}; filename="${escaped(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`, value, '\r\n')
    }
  }
  parts.push(`--${boundary}--\r\n`)
  return { blob: new Blob(parts), type: `multipart/form-data; boundary=${boundary}` }
}
