import type { HeaderMap } from '../../core/headers.js'

function immutable(): never {
  throw new TypeError('immutable')
}

/** The headers of a reply as real `Headers` that, like those of every fetched response, cannot be changed. */
export function responseHeaders(map: HeaderMap): Headers {
  const headers = new Headers()
  const raw = map.raw
  for (let i = 0; i < raw.length; i += 2) headers.append((raw[i] ?? '').toLowerCase(), raw[i + 1] ?? '')
  return Object.defineProperties(headers, {
    append: { value: immutable },
    delete: { value: immutable },
    set: { value: immutable },
  })
}
