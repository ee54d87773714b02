import { knownPlugins } from './known-plugins.js'

/** The plugins that have every one of these config fields; none for a config without fields, which tells nothing. */
export function fittingPlugins(fields: readonly string[]): readonly string[] {
  if (fields.length === 0) return []
  return Object.keys(knownPlugins).filter((name) =>
    fields.every((field) => knownPlugins[name]?.fields.includes(field) === true),
  )
}
