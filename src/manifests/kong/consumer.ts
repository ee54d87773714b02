import type { ConsumerOptions } from '../../auth/consumer-options.js'
import { isHeaderText } from '../../core/schema/index.js'
import { type CompileContext, resourcesOf } from '../context.js'
import type { Fields, Vocabulary } from '../fields.js'
import { findSecret } from '../kubernetes/secret.js'
import { annotationPlace, type Resource, rootFields } from '../resource.js'
import { checkClass } from './controller.js'
import { type Credential, compileCredential } from './credential.js'

const vocabulary: Vocabulary = {
  known: ['username', 'custom_id', 'credentials'],
  unsupported: {
    consumerGroups: { severity: 'warning', message: 'Consumer groups are not done yet: the field is ignored.' },
    spec: { severity: 'warning', message: 'Tags are ignored.' },
  },
}

/** Compiles every KongConsumer with the Secrets of its credentials. */
export function compileConsumers(context: CompileContext): readonly ConsumerOptions[] {
  const consumers: ConsumerOptions[] = []
  const owners = new Map<string, Resource>()
  for (const resource of resourcesOf(context, 'configuration.konghq.com', 'KongConsumer')) {
    const consumer = compileConsumer(context, resource, owners)
    if (consumer !== undefined) consumers.push(consumer)
  }
  return consumers
}

function compileConsumer(
  context: CompileContext,
  resource: Resource,
  owners: Map<string, Resource>,
): ConsumerOptions | undefined {
  const fields = rootFields(resource, context.report, vocabulary)
  const username = fields.text('username') ?? ''
  const customId = fields.text('custom_id') ?? ''
  checkClass(context.report, resource)
  if (resource.annotations.has('konghq.com/plugins')) {
    const at = annotationPlace(resource, 'konghq.com/plugins')
    context.report.error(at, 'unsupported-field', 'Plugins of single consumers are not done yet.')
  }
  if (username === '' && customId === '') {
    fields.error('username', 'missing-field', 'A consumer needs a username or a custom_id.')
    return undefined
  }
  const unwritable = isHeaderText(username) ? 'custom_id' : 'username'
  if (!isHeaderText(username + customId)) {
    // No error: one of many consumers must not keep the others from being served.
    const why = 'has control characters, which no header can have'
    fields.warn(unwritable, 'invalid-value', `${why}: the consumer is left out, and its credentials open nothing.`)
    return undefined
  }
  const credentials = credentialsOf(context, resource, fields)
  const unique = [username === '' ? '' : `username ${username}`, customId === '' ? '' : `custom_id ${customId}`]
  claim(context, resource, unique, owners, 'name')
  claim(context, resource, credentials.map(keyOf), owners, 'credential')
  const jwt = credentials.flatMap((one) => (one.kind === 'jwt' ? [one.jwt] : []))
  const apiKeys = credentials.flatMap((one) => (one.kind === 'key-auth' ? [one.key] : []))
  const groups = credentials.flatMap((one) => (one.kind === 'acl' ? [one.group] : []))
  return {
    ...(username === '' ? {} : { username }),
    ...(customId === '' ? {} : { customId }),
    ...(groups.length === 0 ? {} : { groups }),
    credentials: {
      ...(jwt.length === 0 ? {} : { jwt }),
      ...(apiKeys.length === 0 ? {} : { apiKeys }),
    },
  }
}

/** What must be unique among all consumers; groups may be shared. */
function keyOf(credential: Credential): string {
  if (credential.kind === 'acl') return ''
  return credential.kind === 'jwt' ? `jwt ${credential.jwt.key}` : `key ${credential.key}`
}

function claim(
  { report }: CompileContext,
  resource: Resource,
  keys: readonly string[],
  owners: Map<string, Resource>,
  what: string,
): void {
  for (const key of keys) {
    const owner = owners.get(key)
    if (key === '') continue
    if (owner === undefined) owners.set(key, resource)
    else report.error(resource.at, 'duplicate-resource', `"${owner.name}" has the same ${what} already.`)
  }
}

function credentialsOf(context: CompileContext, resource: Resource, fields: Fields): readonly Credential[] {
  const credentials: Credential[] = []
  for (const name of fields.texts('credentials') ?? []) {
    const secret = findSecret(context, resource.namespace, name)
    if (secret === undefined) {
      const message = `There is no Secret ${resource.namespace}/${name} among these manifests.`
      fields.error('credentials', 'missing-secret', message)
      continue
    }
    const credential = compileCredential(context, secret)
    if (credential !== undefined) credentials.push(credential)
  }
  return credentials
}
