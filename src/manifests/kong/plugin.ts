import { type PluginOptions, pluginOptions } from '../../config/plugins.js'
import { problemsOf } from '../../core/schema/index.js'
import { type CompileContext, resourcesOf } from '../context.js'
import { Fields, type Vocabulary } from '../fields.js'
import { describeResource, originOf, type Resource, rootFields } from '../resource.js'
import { fittingPlugins } from './infer-plugin.js'
import { knownPlugins } from './known-plugins.js'
import type { PluginCompiler } from './plugins/compiler.js'
import { pluginCompilers } from './plugins/index.js'

const vocabulary: Vocabulary = {
  known: ['plugin', 'config', 'disabled', 'instance_name'],
  unsupported: {
    configFrom: {
      severity: 'error',
      message: 'A config in a Secret is not read yet: without it the plugin cannot work.',
    },
    configPatches: { severity: 'error', message: 'Patches of a config are not read yet.' },
    protocols: { severity: 'warning', message: 'The plugin runs for every protocol.' },
    ordering: { severity: 'warning', message: "Plugins run in Kong's standard order: the field is ignored." },
    run_on: { severity: 'warning', message: 'The field means nothing since Kong 1.2.' },
    consumerRef: { severity: 'error', message: 'Plugins of single consumers are not done yet.' },
  },
}

/** A KongPlugin, compiled. */
export interface CompiledPlugin {
  readonly resource: Resource
  /** Kong's name of it. */
  readonly plugin: string
  readonly priority: number
  readonly options: PluginOptions
}

/** Every KongPlugin by namespace and name; `undefined` for one that is disabled, not honoured or broken. */
export type PluginRegistry = ReadonlyMap<string, CompiledPlugin | undefined>

/** The key of a plugin in the registry. */
export function pluginKey(namespace: string, name: string): string {
  return `${namespace}/${name}`
}

/** Compiles every KongPlugin. What is broken or not honoured is reported, whether a route uses it or not. */
export function compilePlugins(context: CompileContext): PluginRegistry {
  const plugins = new Map<string, CompiledPlugin | undefined>()
  for (const resource of resourcesOf(context, 'configuration.konghq.com', 'KongPlugin'))
    plugins.set(pluginKey(resource.namespace, resource.name), compilePlugin(context, resource))
  return plugins
}

function compilePlugin(context: CompileContext, resource: Resource): CompiledPlugin | undefined {
  const fields = rootFields(resource, context.report, vocabulary)
  fields.text('instance_name')
  const plugin = fields.text('plugin') ?? inferPlugin(context, resource, fields)
  if (fields.flag('disabled') === true || plugin === undefined) return undefined
  const compiler = Object.hasOwn(pluginCompilers, plugin) ? pluginCompilers[plugin] : undefined
  if (compiler === undefined) {
    refusePlugin(fields, plugin)
    return undefined
  }
  const map = fields.map('config') ?? { kind: 'map', at: fields.at, entries: new Map() }
  const config = new Fields(map, context.report, compiler.vocabulary)
  const options = compiler.compile(config, { context, name: resource.name })
  if (options === undefined || !isSound(options, compiler, fields, config)) return undefined
  const placed = { ...options, origin: originOf(resource.at) }
  return { resource, plugin, priority: compiler.priority, options: placed }
}

/** Reports, where it is written, what the native config would refuse without a line. */
function isSound(options: PluginOptions, compiler: PluginCompiler, fields: Fields, config: Fields): boolean {
  const problems = problemsOf(pluginOptions, options)
  for (const { path, message } of problems) {
    const made = Object.entries(compiler.fields).find(([option]) => path.startsWith(`config.${option}`))
    if (made === undefined) fields.error('config', 'invalid-value', `${path}: ${message}.`)
    else config.error(made[1], 'invalid-value', `${message}.`)
  }
  return problems.length === 0
}

function refusePlugin(fields: Fields, plugin: string): void {
  const known = Object.hasOwn(knownPlugins, plugin) ? knownPlugins[plugin] : undefined
  if (known?.guards === false)
    fields.warn('plugin', 'unsupported-resource', `The plugin "${plugin}" is not done yet: it is left out.`)
  else
    fields.error(
      'plugin',
      'unsupported-resource',
      `The plugin "${plugin}" is not done yet, and may guard what is behind.`,
    )
}

function inferPlugin(context: CompileContext, resource: Resource, fields: Fields): string | undefined {
  const names = [...(fields.map('config')?.entries.keys() ?? [])]
  const fitting = fittingPlugins(names)
  const [only] = fitting
  const what = `${describeResource(resource)} has no "plugin"`
  if (fitting.length === 1 && only !== undefined) {
    const fits = `${what}: its config fits ${only} alone`
    if (context.strict) {
      context.report.error(resource.at, 'inferred-plugin', `${fits}. Kong would refuse it: name one.`)
      return undefined
    }
    context.report.warn(resource.at, 'inferred-plugin', `${fits}, so it is taken for that. Kong would refuse it.`)
    return only
  }
  const why = fitting.length === 0 ? 'no plugin that is known fits its config' : `it could be ${fitting.join(', ')}`
  context.report.error(resource.at, 'ambiguous-plugin', `${what}, and ${why}: name one.`)
  return undefined
}
