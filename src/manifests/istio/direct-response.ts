import type { DirectResponseOptions } from '../../routing/action/options.js'
import { decodeProtobufBase64 } from '../base64.js'
import type { Fields } from '../fields.js'

const mebibyte = 1_048_576

function readBytes(body: Fields): string | undefined {
  const encoded = body.text('bytes')
  if (encoded === undefined) return undefined
  const bytes = decodeProtobufBase64(encoded)
  if (bytes === undefined) {
    body.error('bytes', 'invalid-value', 'is no base64; plain text belongs in "string".')
    return undefined
  }
  const text = bytes.toString('utf8')
  if (!Buffer.from(text).equals(bytes))
    body.warn(
      'bytes',
      'unsupported-field',
      'Only text can be sent: what is not UTF-8 goes out as replacement characters.',
    )
  return text
}

function readBody(fields: Fields): string | undefined {
  const body = fields.fields('body', { known: ['string', 'bytes'] })
  if (body === undefined) return undefined
  const text = body.text('string')
  const bytes = readBytes(body)
  if (text !== undefined && bytes !== undefined)
    body.error('bytes', 'invalid-value', 'The body is given already: one of string and bytes.')
  const given = text ?? bytes ?? ''
  const size = Buffer.byteLength(given)
  if (size > mebibyte) fields.error('body', 'too-large', 'is longer than 1 MiB.')
  else if (size > 102_400) fields.warn('body', 'too-large', 'is longer than 100 KiB, which Istio advises against.')
  return given
}

/** Reads `directResponse`; undefined when there is none. */
export function readDirectResponse(http: Fields): DirectResponseOptions | undefined {
  const fields = http.fields('directResponse', { known: ['status', 'body'] })
  if (fields === undefined) return undefined
  if (!fields.has('status')) fields.error('status', 'missing-field', '"status" is required.')
  const status = fields.integer('status', { min: 200, max: 599 })
  const body = readBody(fields)
  return { status: status ?? 500, ...(body === undefined || body === '' ? {} : { body }) }
}
