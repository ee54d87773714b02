import type { Duration } from '../../core/duration.js'
import { compileRegex } from '../../core/regex.js'
import {
  duration,
  either,
  flag,
  headerName,
  list,
  method,
  object,
  oneOf,
  pattern,
  rule,
  type Schema,
  text,
} from '../../core/schema/index.js'

/** An origin that may read answers: exactly `https://shop.example`, `*` for any, or a pattern. */
export type CorsOrigin =
  | string
  | {
      /** RE2, anchored at both ends. */
      regex: string
    }

/** Which pages of other origins may call (Fetch standard, CORS protocol). `dialect: 'kong'` is the cors plugin. */
export interface CorsOptions {
  /** Default `['*']`. Kong: a string with other than letters, digits and `.:/-` is a pattern. */
  origins?: readonly CorsOrigin[] | undefined
  /** Default: GET, HEAD, PUT, PATCH, POST, DELETE; Kong: OPTIONS, TRACE and CONNECT too. */
  methods?: readonly string[] | undefined
  /** Request headers that pages may send. Default: those that the preflight asks for. */
  headers?: readonly string[] | undefined
  /** Reply headers that pages may read. Default none. */
  exposedHeaders?: readonly string[] | undefined
  /** How long a browser may keep a preflight's answer; whole seconds. Default: the browser's own, 5 s. */
  maxAge?: Duration | undefined
  /** Let pages send cookies. Default false. Natively not with `*`: every page could then act as the user. */
  credentials?: boolean | undefined
  /** Let public pages call a private network. Default false. */
  privateNetwork?: boolean | undefined
  /** Leave preflights to the application. Default false. */
  preflightContinue?: boolean | undefined
  /** Kong: answer with CORS headers to requests without Origin too. Default true. */
  allowOriginAbsent?: boolean | undefined
  /** Whose semantics. Default `native`. */
  dialect?: 'native' | 'kong' | undefined
}

/** Whether Kong takes a string as it stands; any other is a pattern. */
export function isPlainOrigin(text: string): boolean {
  return /^[A-Za-z0-9.:/-]+$/.test(text)
}

function isPattern(text: string): boolean {
  try {
    compileRegex(text)
    return true
  } catch {
    return false
  }
}

const serialized = /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@A-Z]+$/

/** Schema of `CorsOptions`. */
export const corsOptions: Schema<CorsOptions> = rule(
  object<CorsOptions>({
    origins: list(either(text, object<{ regex: string }>({ regex: pattern }, ['regex'])), { min: 1 }),
    methods: list(method, { min: 1 }),
    headers: list(headerName),
    exposedHeaders: list(headerName),
    maxAge: duration(),
    credentials: flag,
    privateNetwork: flag,
    preflightContinue: flag,
    allowOriginAbsent: flag,
    dialect: oneOf('native', 'kong'),
  }),
  (value, report) => {
    const origins = value.origins ?? ['*']
    if (value.dialect === 'kong') {
      for (const [i, one] of origins.entries())
        if (typeof one === 'string' && one !== '*' && !isPlainOrigin(one) && !isPattern(one))
          report(['origins', i], 'is no RE2 pattern')
      return
    }
    if (value.credentials === true && origins.includes('*'))
      report(['credentials'], 'needs origins by name: with "*" every page could act as the user')
    if (value.allowOriginAbsent !== undefined) report(['allowOriginAbsent'], 'needs dialect: "kong"')
    for (const [i, one] of origins.entries())
      if (typeof one === 'string' && one !== '*' && one !== 'null' && !serialized.test(one))
        report(['origins', i], 'must be an origin as browsers write it, like "https://shop.example:8443", or "*"')
  },
)
