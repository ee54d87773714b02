import { asymmetricAlgorithms, isSymmetric, type JwtAlgorithm } from '../../auth/algorithms.js'
import type { JwtCredential } from '../../auth/consumer-options.js'
import { keyOfPem } from '../../auth/verification-key.js'
import { isHeaderText } from '../../core/schema/index.js'
import { messageOf } from '../../core/thrown.js'
import type { CompileContext } from '../context.js'
import { readSecret } from '../kubernetes/secret.js'
import type { Resource } from '../resource.js'

/** What a consumer proves itself by, or belongs to. */
export type Credential =
  | { readonly kind: 'jwt'; readonly jwt: JwtCredential }
  | { readonly kind: 'key-auth'; readonly key: string }
  | { readonly kind: 'acl'; readonly group: string }

const jwtAlgorithms: readonly JwtAlgorithm[] = ['HS256', 'HS384', 'HS512', ...asymmetricAlgorithms]

const fieldsOf: Readonly<Record<string, readonly string[]>> = {
  jwt: ['key', 'algorithm', 'secret', 'rsa_public_key'],
  'key-auth': ['key'],
  acl: ['group'],
}

function credentialType(secret: Resource, values: ReadonlyMap<string, string>): string | undefined {
  return secret.labels.get('konghq.com/credential') ?? values.get('kongCredType')
}

/** Compiles the Secret of a credential; undefined when something was reported for which it opens nothing. */
export function compileCredential(context: CompileContext, secret: Resource): Credential | undefined {
  const { report } = context
  const values = readSecret(context, secret)
  const type = credentialType(secret, values)
  if (type === undefined) {
    report.error(secret.at, 'missing-field', 'A credential needs the label konghq.com/credential.')
    return undefined
  }
  const known = Object.hasOwn(fieldsOf, type) ? fieldsOf[type] : undefined
  if (known === undefined) {
    report.warn(secret.at, 'unsupported-resource', `Credentials for "${type}" are not read yet: it opens nothing.`)
    return undefined
  }
  for (const name of values.keys())
    if (!known.includes(name) && name !== 'kongCredType')
      report.warn(secret.at, 'unsupported-field', `"${name}" is not read for a credential of the type "${type}".`)
  const required = (name: string): string | undefined => {
    const value = values.get(name)
    if (value !== undefined && value !== '') return value
    report.error(secret.at, 'missing-field', `A credential of the type "${type}" needs "${name}".`)
    return undefined
  }
  if (type === 'jwt') return jwtCredential(context, secret, values, required)
  const value = required(type === 'acl' ? 'group' : 'key')
  if (value === undefined) return undefined
  return type === 'acl' ? { kind: 'acl', group: value } : { kind: 'key-auth', key: value }
}

/** Why a public key verifies nothing; undefined for one that does. */
function flawOf(pem: string, algorithm: JwtAlgorithm): string | undefined {
  try {
    keyOfPem(pem, undefined, algorithm)
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}

function jwtCredential(
  { report }: CompileContext,
  secret: Resource,
  values: ReadonlyMap<string, string>,
  required: (name: string) => string | undefined,
): Credential | undefined {
  const key = required('key')
  if (key !== undefined && !isHeaderText(key)) {
    const why = 'The key has control characters, such as a line break at its end, which no token can name'
    report.warn(secret.at, 'invalid-value', `${why}: it opens nothing.`)
    return undefined
  }
  const given = values.get('algorithm') ?? 'HS256'
  const algorithm: JwtAlgorithm | undefined = jwtAlgorithms.find((one) => one === given)
  if (algorithm === undefined) {
    report.error(secret.at, 'invalid-value', `The algorithm must be one of ${jwtAlgorithms.join(', ')}.`)
    return undefined
  }
  const symmetric = isSymmetric(algorithm)
  const material = required(symmetric ? 'secret' : 'rsa_public_key')
  if (key === undefined || material === undefined) return undefined
  const flaw = symmetric ? undefined : flawOf(material, algorithm)
  if (flaw !== undefined) {
    report.warn(secret.at, 'invalid-value', `"rsa_public_key": ${flaw}. It opens nothing.`)
    return undefined
  }
  return { kind: 'jwt', jwt: { key, algorithm, ...(symmetric ? { secret: material } : { publicKey: material }) } }
}
