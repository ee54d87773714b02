import type { Steps } from '../core/steps.js'
import { sameMeaning } from './compare.js'
import type { ServiceConfigs } from './references.js'

/** Which services a new config concerns, by name. */
export interface ConfigDiff {
  /** Not in the config before. */
  readonly added: readonly string[]
  /** Not in this config any more. */
  readonly removed: readonly string[]
  /** In both, and configured otherwise. A mere move within a manifest is no change. */
  readonly changed: readonly string[]
}

/** Nothing has changed. */
export const noDiff: ConfigDiff = { added: [], removed: [], changed: [] }

/** Compares the services of two checked configs: what is equal in them is the same object. */
export function* diffServices(before: ServiceConfigs, after: ServiceConfigs): Steps<ConfigDiff> {
  const added: string[] = []
  const changed: string[] = []
  for (const [name, service] of Object.entries(after)) {
    const old = Object.hasOwn(before, name) ? before[name] : undefined
    if (old === undefined) added.push(name)
    else if (old !== service && !sameMeaning(old, service)) changed.push(name)
    yield
  }
  return { added, removed: Object.keys(before).filter((name) => !Object.hasOwn(after, name)), changed }
}
