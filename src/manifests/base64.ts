const standard = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** Decodes base64 as Go does: the standard alphabet in full groups, line breaks aside. Undefined for anything else. */
export function decodeBase64(text: string): Buffer | undefined {
  const compact = text.replace(/[\r\n]/g, '')
  return standard.test(compact) ? Buffer.from(compact, 'base64') : undefined
}

/** Decodes base64 in the JSON of protobuf, where the alphabet of URLs does too, and no padding. */
export function decodeProtobufBase64(text: string): Buffer | undefined {
  const compact = text.replace(/[\r\n]/g, '')
  const padded = compact.includes('=') ? compact : compact.padEnd(Math.ceil(compact.length / 4) * 4, '=')
  if (/[+/]/.test(padded)) return decodeBase64(padded)
  return decodeBase64(padded.replaceAll('-', '+').replaceAll('_', '/'))
}
