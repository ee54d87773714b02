import { decodeBase64 } from '../base64.js'
import { type CompileContext, resourcesOf } from '../context.js'
import type { Vocabulary } from '../fields.js'
import { type Resource, rootFields } from '../resource.js'

const vocabulary: Vocabulary = { known: ['type', 'data', 'stringData', 'immutable'] }

/** The Secret of a name, if there is one. */
export function findSecret(context: CompileContext, namespace: string, name: string): Resource | undefined {
  return resourcesOf(context, '', 'Secret').find((one) => one.namespace === namespace && one.name === name)
}

/**
 * The values of a Secret as text: `data` decoded, `stringData` over it. They go where they are needed and into no
 * message.
 */
export function readSecret(context: CompileContext, secret: Resource): ReadonlyMap<string, string> {
  const fields = rootFields(secret, context.report, vocabulary)
  const values = new Map<string, string>()
  for (const [key, encoded] of fields.textMap('data') ?? []) {
    const bytes = decodeBase64(encoded)
    if (bytes !== undefined) values.set(key, bytes.toString('utf8'))
    else fields.error('data', 'invalid-value', `The value of "${key}" is no base64; plain text belongs in stringData.`)
  }
  for (const [key, text] of fields.textMap('stringData') ?? []) values.set(key, text)
  return values
}
