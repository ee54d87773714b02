import type { CompileContext } from '../context.js'
import { mergeRules } from './delegate.js'
import type { DelegateRef, HttpRule } from './http-rule.js'
import type { VirtualService } from './virtual-service-spec.js'
import { nearness } from './visibility.js'

function keyOf({ namespace, name }: Pick<DelegateRef, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`
}

/** Puts the rules of delegates in the place of the rules that refer to them. */
export class Delegates {
  readonly #context: CompileContext
  readonly #delegates: ReadonlyMap<string, VirtualService>

  constructor(context: CompileContext, all: readonly VirtualService[]) {
    this.#context = context
    this.#delegates = new Map(
      all.filter(({ hosts }) => hosts.length === 0).map((one) => [keyOf(one.resource), one] as const),
    )
  }

  /** The rules of a VirtualService with those of its delegates. A rule whose delegate is not there is left out. */
  expand(root: VirtualService): readonly HttpRule[] {
    return root.rules.flatMap((rule) => (rule.delegate === undefined ? [rule] : this.#merge(root, rule, rule.delegate)))
  }

  /** What no rule names plays no part, whoever may see it. */
  reportUnused(all: readonly VirtualService[]): void {
    const named = new Set(all.flatMap(({ rules }) => rules.map(({ delegate }) => delegate && keyOf(delegate))))
    for (const [key, { resource }] of this.#delegates)
      if (!named.has(key))
        this.#context.report.warn(
          resource.at,
          'unused-delegate',
          'It has no hosts, and no rule names it as its delegate.',
        )
  }

  #merge(root: VirtualService, rule: HttpRule, ref: DelegateRef): readonly HttpRule[] {
    const { namespace, at } = ref
    const key = keyOf(ref)
    const delegate = this.#delegates.get(key)
    const isSeen =
      delegate !== undefined &&
      (delegate.exportTo?.includes(root.resource.namespace) === true ||
        nearness(delegate.exportTo, namespace, root.resource.namespace) !== undefined)
    if (!isSeen) {
      const why = delegate === undefined ? 'is not there' : `is not exported to "${root.resource.namespace}"`
      const message = `The delegate "${key}" ${why}: the rule is left out.`
      this.#context.report.warn(at, 'missing-delegate', message)
      return []
    }
    return delegate.rules.flatMap((leaf) => {
      const merged = mergeRules(rule, leaf)
      if (merged !== undefined) return [merged]
      const { file, line } = rule.at
      const message = `The rule never matches: its conditions lie outside those of ${file}:${line}, which leads here.`
      this.#context.report.warn(leaf.at, 'shadowed', message)
      return []
    })
  }
}
