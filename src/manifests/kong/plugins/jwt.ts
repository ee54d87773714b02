import type { JwtOptions } from '../../../auth/jwt/options.js'
import type { Fields } from '../../fields.js'
import { knownPlugins } from '../known-plugins.js'
import type { PluginCompiler } from './compiler.js'

function compileClaims(config: Fields): JwtOptions['verifyClaims'] {
  const claims = config.texts('claims_to_verify') ?? []
  for (const claim of claims)
    if (claim !== 'exp' && claim !== 'nbf')
      config.error('claims_to_verify', 'invalid-value', 'must have no other claims than exp and nbf.')
  return claims.filter((claim) => claim === 'exp' || claim === 'nbf')
}

/** Kong's jwt: tokens signed with a consumer's credential. Verifies no time unless told to, and looks in the query. */
export const jwt: PluginCompiler = {
  priority: 1450,
  vocabulary: { known: knownPlugins.jwt?.fields ?? [] },
  fields: {
    'from.headers': 'header_names',
    'from.query': 'uri_param_names',
    'from.cookies': 'cookie_names',
    keyClaim: 'key_claim_name',
    realm: 'realm',
  },
  compile(config) {
    const verifyClaims = compileClaims(config)
    const maximum = config.number('maximum_expiration', { min: 0, max: 31_536_000 }) ?? 0
    if (maximum > 0 && verifyClaims?.includes('exp') !== true)
      config.error('maximum_expiration', 'invalid-value', 'needs "exp" in claims_to_verify.')
    const realm = config.text('realm')
    const anonymous = config.text('anonymous')
    const headers = config.texts('header_names') ?? ['authorization']
    const options: JwtOptions = {
      dialect: 'kong',
      from: {
        headers: headers.map((name) => ({ name: name.toLowerCase(), prefix: 'Bearer ' })),
        query: config.texts('uri_param_names') ?? ['jwt'],
        cookies: config.texts('cookie_names') ?? [],
      },
      keyClaim: config.text('key_claim_name') ?? 'iss',
      verifyClaims,
      maxLifetime: maximum * 1_000,
      secretIsBase64: config.flag('secret_is_base64') ?? false,
      runOnPreflight: config.flag('run_on_preflight') ?? true,
      ...(realm === undefined || realm === '' ? {} : { realm }),
      ...(anonymous === undefined || anonymous === '' ? {} : { anonymous }),
    }
    return { name: 'jwt', config: options }
  },
}
