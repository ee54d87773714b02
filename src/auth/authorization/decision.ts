import type { Origin } from '../../core/origin.js'
import type { AuthorizationPolicy } from './options.js'
import { compileRule } from './rule.js'
import type { AuthorizationSubject, SubjectTest } from './subject.js'

/** What was decided, and by which rule. */
export interface AuthorizationDecision {
  /** Whether the call may go on. */
  readonly allowed: boolean
  /** `policy[name]-rule[0]`, behind `ns[namespace]-` for a manifest's; `none` when no rule matched. */
  readonly rule: string
  /** Whose body a refusal has. */
  readonly dialect: 'native' | 'istio'
}

/** How one policy sees a call. */
export interface PolicyExplanation {
  /** Its name, or its place in the list, from 0. */
  readonly name: string
  /** What it does with calls that it matches. */
  readonly action: 'allow' | 'deny'
  /** Index of its first rule that matches, from 0; undefined for none. */
  readonly matchedRule: number | undefined
  /** Where it was written, if in a manifest. */
  readonly origin: Origin | undefined
}

/** A decision and everything that was asked for it. */
export interface AuthorizationExplanation extends AuthorizationDecision {
  /** Every policy, in the order of the config. */
  readonly policies: readonly PolicyExplanation[]
}

/** Compiled policies. */
export interface Authorization {
  decide(subject: AuthorizationSubject): AuthorizationDecision
  explain(subject: AuthorizationSubject): AuthorizationExplanation
}

interface Compiled {
  readonly policy: AuthorizationPolicy
  readonly name: string
  readonly rules: readonly SubjectTest[]
  /** A decision for each rule, made once. */
  readonly decisions: readonly AuthorizationDecision[]
}

function compilePolicy(policy: AuthorizationPolicy, index: number): Compiled {
  const name = policy.name ?? String(index)
  const allowed = policy.action === 'allow'
  const rules = policy.rules ?? []
  const prefix = policy.namespace === undefined ? '' : `ns[${policy.namespace}]-`
  return {
    policy,
    name,
    rules: rules.map((rule) => compileRule(rule, allowed ? 'narrow' : 'wide')),
    decisions: rules.map((_, i) => ({
      allowed,
      rule: `${prefix}policy[${name}]-rule[${i}]`,
      dialect: policy.dialect ?? 'native',
    })),
  }
}

/** The decision of the first policy that has one. */
function firstMatch(policies: readonly Compiled[], subject: AuthorizationSubject): AuthorizationDecision | undefined {
  for (const { rules, decisions } of policies)
    for (let i = 0; i < rules.length; i++) if (rules[i]?.(subject) === true) return decisions[i]
  return undefined
}

/**
 * Compiles validated policies once: deny first, then allow; where there are allow policies and none matches, the
 * answer is no (Istio's order).
 */
export function compileAuthorization(policies: readonly AuthorizationPolicy[]): Authorization {
  const compiled = policies.map(compilePolicy)
  const denies = compiled.filter(({ policy }) => policy.action === 'deny')
  const allows = compiled.filter(({ policy }) => policy.action === 'allow')
  const otherwise: AuthorizationDecision = {
    allowed: allows.length === 0,
    rule: 'none',
    dialect: allows.some(({ policy }) => policy.dialect === 'istio') ? 'istio' : 'native',
  }

  function decide(subject: AuthorizationSubject): AuthorizationDecision {
    return firstMatch(denies, subject) ?? firstMatch(allows, subject) ?? otherwise
  }

  return {
    decide,
    explain: (subject) => ({
      ...decide(subject),
      policies: compiled.map(({ policy, name, rules }) => {
        const matched = rules.findIndex((rule) => rule(subject))
        return {
          name,
          action: policy.action,
          matchedRule: matched === -1 ? undefined : matched,
          origin: policy.origin,
        }
      }),
    }),
  }
}

/** Says what policies decide about a call, and why, without sending anything. */
export function explainAuthorization(
  policies: readonly AuthorizationPolicy[],
  subject: AuthorizationSubject,
): AuthorizationExplanation {
  return compileAuthorization(policies).explain(subject)
}
