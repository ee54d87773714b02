import type { CompileContext } from '../context.js'
import { mergeRules } from './delegate.js'
import type { DelegateRef, HttpRule } from './http-rule.js'
import type { VirtualService } from './virtual-service-spec.js'
import { nearness } from './visibility.js'

/** Puts the rules of delegates in the place of the rules that refer to them. */
export class Delegates {
  readonly #context: CompileContext
  readonly #delegates: ReadonlyMap<string, VirtualService>

  constructor(context: CompileContext, all: readonly VirtualService[]) {
    this.#context = context
    this.#delegates = new Map(
      all
        .filter(({ hosts }) => hosts.length === 0)
        .map((one) => [`${one.resource.namespace}/${one.resource.name}`, one] as const),
    )
  }

  /** The rules of a VirtualService with those of its delegates. A rule whose delegate is not there is left out. */
  expand(root: VirtualService): readonly HttpRule[] {
    return root.rules.flatMap((rule) => (rule.delegate === undefined ? [rule] : this.#merge(root, rule, rule.delegate)))
  }

  #merge(root: VirtualService, rule: HttpRule, { name, namespace, at }: DelegateRef): readonly HttpRule[] {
    const delegate = this.#delegates.get(`${namespace}/${name}`)
    const isSeen =
      delegate !== undefined &&
      (delegate.exportTo?.includes(root.resource.namespace) === true ||
        nearness(delegate.exportTo, namespace, root.resource.namespace) !== undefined)
    if (!isSeen) {
      const why = delegate === undefined ? 'is not there' : `is not exported to "${root.resource.namespace}"`
      const message = `The delegate "${namespace}/${name}" ${why}: the rule is left out.`
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
