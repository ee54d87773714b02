import type { PluginOptions } from '../../config/plugins.js'
import type { CompileContext } from '../context.js'
import { annotationPlace, type Resource } from '../resource.js'
import { type CompiledPlugin, type PluginRegistry, pluginKey } from './plugin.js'

const annotation = 'konghq.com/plugins'

/** Attaches plugins to routes by annotation, and remembers which were attached. */
export class PluginAttacher {
  readonly #context: CompileContext
  readonly #plugins: PluginRegistry
  readonly #attached = new Set<string>()

  constructor(context: CompileContext, plugins: PluginRegistry) {
    this.#context = context
    this.#plugins = plugins
  }

  /** The plugins that are attached to some route. */
  get used(): readonly CompiledPlugin[] {
    return [...this.#attached].map((key) => this.#plugins.get(key)).filter((plugin) => plugin !== undefined)
  }

  /**
   * The plugins of a route in Kong's order: those of its Ingress, and those of the Service behind it that the Ingress
   * does not have. One config a plugin: the more specific wins, nothing is merged. What a Service has counts the calls of
   * all its routes together.
   */
  pluginsOf(ingress: Resource, service: Resource | undefined, port: string): readonly PluginOptions[] {
    const plugins = [...this.#named(ingress)]
    if (service !== undefined) {
      const place = `service ${service.namespace}/${service.name}/${port}`
      for (const shared of this.#named(service))
        if (!plugins.some(({ plugin }) => plugin === shared.plugin))
          plugins.push({ ...shared, options: { ...shared.options, place } })
    }
    return plugins.toSorted((a, b) => b.priority - a.priority).map((plugin) => plugin.options)
  }

  /** Reports the plugins that no route has. */
  reportUnused(): void {
    for (const [key, plugin] of this.#plugins)
      if (plugin !== undefined && !this.#attached.has(key)) {
        this.#context.report.warn(plugin.resource.at, 'unused-plugin', 'No route has this plugin, so it does nothing.')
      }
  }

  #named(resource: Resource): readonly CompiledPlugin[] {
    const at = annotationPlace(resource, annotation)
    const plugins: CompiledPlugin[] = []
    for (const reference of (resource.annotations.get(annotation) ?? '').split(',')) {
      const text = reference.trim()
      if (text === '') continue
      const colon = text.indexOf(':')
      const namespace = colon === -1 ? resource.namespace : text.slice(0, colon)
      const key = pluginKey(namespace, text.slice(colon + 1))
      if (!this.#plugins.has(key)) {
        const message = `There is no KongPlugin ${key}: the route would be served without it.`
        this.#context.report.error(at, 'missing-plugin', message)
        continue
      }
      this.#attached.add(key)
      const plugin = this.#plugins.get(key)
      if (plugin === undefined) continue
      const rival = plugins.find((one) => one.plugin === plugin.plugin)
      if (rival === undefined) plugins.push(plugin)
      else {
        const message = `"${rival.resource.name}" and "${plugin.resource.name}" are both ${plugin.plugin}: a route has one.`
        this.#context.report.error(at, 'invalid-value', message)
      }
    }
    return plugins
  }
}
