import type { HeaderMap } from '../../core/headers.js'
import { noBytes, type ResponseBody } from './response-body.js'
import { responseHeaders } from './response-headers.js'

/** What a response says before its body; shared by clones. */
export interface ResponseHead {
  readonly status: number
  readonly statusText: string
  readonly headers: HeaderMap
  readonly url: string
  readonly redirected: boolean
  readonly type: Response['type']
}

function utf8(bytes: Uint8Array): string {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const text = buffer.toString('utf8')
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}

/** Own memory, never a window of a buffer that the socket filled. */
function ownBuffer(bytes: Uint8Array): ArrayBuffer {
  const { buffer } = bytes
  return buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength ? buffer : new Uint8Array(bytes).buffer
}

/**
 * A `Response` without the cost of one: `instanceof` holds and every member works, but `Headers` and the web stream are
 * made only when asked for. It extends `Response` by prototype alone, since the built-in constructor makes both.
 */
class LightResponse implements Response {
  readonly #head: ResponseHead
  readonly #body: ResponseBody | undefined
  #headers: Headers | undefined = undefined

  constructor(head: ResponseHead, body: ResponseBody | undefined) {
    this.#head = head
    this.#body = body
  }

  get status(): number {
    return this.#head.status
  }

  get statusText(): string {
    return this.#head.statusText
  }

  get ok(): boolean {
    return this.#head.status >= 200 && this.#head.status <= 299
  }

  get url(): string {
    return this.#head.url
  }

  get redirected(): boolean {
    return this.#head.redirected
  }

  get type(): Response['type'] {
    return this.#head.type
  }

  get headers(): Headers {
    this.#headers ??= responseHeaders(this.#head.headers)
    return this.#headers
  }

  get body(): ReadableStream<Uint8Array> | null {
    return this.#body?.stream ?? null
  }

  get bodyUsed(): boolean {
    return this.#body?.used ?? false
  }

  /** Wrapped in a promise only where the body is not there yet. */
  #bytes(): Uint8Array | Promise<Uint8Array> {
    return this.#body === undefined ? noBytes : this.#body.take()
  }

  async text(): Promise<string> {
    const bytes = this.#bytes()
    return utf8(bytes instanceof Uint8Array ? bytes : await bytes)
  }

  async json(): Promise<unknown> {
    const bytes = this.#bytes()
    return JSON.parse(utf8(bytes instanceof Uint8Array ? bytes : await bytes))
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return ownBuffer(await this.#bytes())
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(ownBuffer(await this.#bytes()))
  }

  /** The built-in class for the two kinds of body that need the media type. */
  async #builtIn(): Promise<Response> {
    const bytes = await this.#bytes()
    const type = this.#head.headers.get('content-type')
    return new Response(ownBuffer(bytes), type === undefined ? {} : { headers: { 'content-type': type } })
  }

  async blob(): ReturnType<Response['blob']> {
    return (await this.#builtIn()).blob()
  }

  async formData(): Promise<FormData> {
    return (await this.#builtIn()).formData()
  }

  clone(): Response {
    if (this.#body?.unusable === true) throw new TypeError('Response.clone: Body has already been consumed.')
    return lightResponse(this.#head, this.#body?.clone())
  }
}

/** Gives up the body of a response that was collected as garbage: unread, it would hold its connection for ever. */
const unread = new FinalizationRegistry<ResponseBody>((body) => body.abandon())
let extended = false

/**
 * Makes a response. The prototype chain is completed with the first one, so that nobody loads the built-in fetch who
 * does not fetch.
 */
export function lightResponse(head: ResponseHead, body: ResponseBody | undefined, pending = true): Response {
  if (!extended) {
    extended = true
    Object.setPrototypeOf(LightResponse.prototype, Response.prototype)
    Reflect.deleteProperty(LightResponse.prototype, 'constructor')
  }
  const response = new LightResponse(head, body)
  if (body !== undefined && pending) unread.register(response, body)
  return response
}
