/** What a condition looks at. */
export type ConditionKey =
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'claim'; readonly path: readonly string[] }
  | {
      readonly kind:
        | 'request-principal'
        | 'audiences'
        | 'presenter'
        | 'principal'
        | 'namespace'
        | 'source-ip'
        | 'remote-ip'
        | 'port'
    }

const plainKeys: Readonly<Record<string, ConditionKey>> = {
  'request.auth.principal': { kind: 'request-principal' },
  'request.auth.audiences': { kind: 'audiences' },
  'request.auth.presenter': { kind: 'presenter' },
  'source.principal': { kind: 'principal' },
  'source.namespace': { kind: 'namespace' },
  'source.ip': { kind: 'source-ip' },
  'remote.ip': { kind: 'remote-ip' },
  'destination.port': { kind: 'port' },
}

/** Reads the key of a condition; undefined for one that is not known. */
export function parseKey(text: string): ConditionKey | undefined {
  const header = /^request\.headers\[([!#$%&'+\-.^_`|~0-9A-Za-z]+)\]$/.exec(text)?.[1]
  if (header !== undefined) return { kind: 'header', name: header.toLowerCase() }
  const claims = /^request\.auth\.claims((?:\[[^[\]]+\])+)$/.exec(text)?.[1]
  if (claims !== undefined) return { kind: 'claim', path: claims.slice(1, -1).split('][') }
  return Object.hasOwn(plainKeys, text) ? plainKeys[text] : undefined
}
