import type { CompileContext } from '../context.js'
import { Fields, type Vocabulary } from '../fields.js'
import { type Resource, rootFields } from '../resource.js'
import { readItems } from './checks.js'
import { readHostnames } from './hostname.js'
import { type ParentRef, readParentRefs } from './parent-ref.js'
import type { Candidate } from './precedence.js'
import { type Attachment, RuleCompiler, ruleVocabulary } from './rule.js'

const spec: Vocabulary = {
  known: ['parentRefs', 'hostnames', 'rules'],
  unsupported: {
    useDefaultGateways: { severity: 'warning', message: 'There are no default Gateways: name one in "parentRefs".' },
  },
}

/** An HTTPRoute, read but not yet attached. */
export class HttpRoute {
  readonly resource: Resource
  readonly fields: Fields
  readonly parents: readonly ParentRef[]
  /** None for any. */
  readonly hostnames: readonly string[]
  readonly #context: CompileContext
  readonly #rules: readonly Fields[] | undefined

  constructor(context: CompileContext, resource: Resource, fields: Fields) {
    const { report } = context
    this.#context = context
    this.resource = resource
    this.fields = fields
    this.parents = readParentRefs(fields, resource, report)
    this.hostnames = readHostnames(fields)
    this.#rules = fields.has('rules')
      ? readItems(fields, 'rules', 16, 1).map((map) => new Fields(map, report, ruleVocabulary))
      : undefined
    this.#check()
  }

  #check(): void {
    const matches = this.#rules?.reduce((sum, rule) => sum + Math.max(1, rule.maps('matches').length), 0) ?? 0
    if (matches > 128)
      this.fields.error('rules', 'invalid-value', `have ${matches} matches in all; at most 128 can be.`)
    const names = new Set<string>()
    for (const rule of this.#rules ?? []) {
      const name = rule.text('name')
      if (name === undefined) continue
      if (names.has(name)) rule.error('name', 'invalid-value', `"${name}" is the name of a rule above already.`)
      names.add(name)
    }
  }

  /** The native routes of the rules, for one place where they are attached. */
  compile(attachment: Attachment, hostname: string): readonly Candidate[] {
    const compiler = new RuleCompiler(this.#context, this.resource, attachment)
    const { resource } = this
    // A route without rules takes every call and has nowhere to send it.
    const rules = this.#rules ?? [
      new Fields({ kind: 'map', at: this.fields.at, entries: new Map() }, this.#context.report, ruleVocabulary),
    ]
    return rules.flatMap((fields, rule) =>
      compiler
        .compile(fields, rule)
        .map(({ match, route }, position) => ({ route, match, hostname, resource, rule, position })),
    )
  }
}

/** Reads an HTTPRoute; undefined when it has no spec. */
export function readHttpRoute(context: CompileContext, resource: Resource): HttpRoute | undefined {
  const root = rootFields(resource, context.report, { known: ['spec'] })
  if (!root.has('spec')) root.error('spec', 'missing-field', '"spec" is required.')
  const fields = root.fields('spec', spec)
  return fields === undefined ? undefined : new HttpRoute(context, resource, fields)
}
