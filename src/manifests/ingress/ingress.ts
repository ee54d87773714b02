import type { GatewayPath, GatewayRouteOptions } from '../../config/gateway.js'
import { type CompileContext, resourcesOf } from '../context.js'
import type { Fields, Vocabulary } from '../fields.js'
import { checkClass } from '../kong/controller.js'
import type { PluginAttacher } from '../kong/route-plugins.js'
import { originOf, type Resource, rootFields } from '../resource.js'
import { AnnotationReader, type RouteAnnotations } from './annotations.js'
import { type Backend, compileBackend } from './backend.js'
import { hostForm, isRuleHost } from './host.js'
import { compilePath } from './path.js'

const spec: Vocabulary = {
  known: ['ingressClassName', 'defaultBackend', 'rules'],
  unsupported: {
    tls: { severity: 'warning', message: 'Certificates of the gateway come from its server, not from this Secret.' },
  },
}

/** Compiles every Ingress into routes of the gateway, one for each host and backend, as Kong's controller does. */
export function compileIngresses(context: CompileContext, attacher: PluginAttacher): readonly GatewayRouteOptions[] {
  return resourcesOf(context, 'networking.k8s.io', 'Ingress').flatMap((resource) => {
    const fields = rootFields(resource, context.report, { known: ['spec'] }).fields('spec', spec)
    checkClass(context.report, resource, fields)
    if (fields === undefined) {
      context.report.error(resource.at, 'missing-field', '"spec" is required.')
      return []
    }
    return new IngressCompiler(context, resource, attacher).compile(fields)
  })
}

/** A route that paths are still being added to. */
interface OpenRoute {
  readonly options: GatewayRouteOptions
  readonly paths: GatewayPath[]
}

class IngressCompiler {
  readonly #context: CompileContext
  readonly #resource: Resource
  readonly #attacher: PluginAttacher
  readonly #annotations: RouteAnnotations
  readonly #routes = new Map<string, OpenRoute>()

  constructor(context: CompileContext, resource: Resource, attacher: PluginAttacher) {
    this.#context = context
    this.#resource = resource
    this.#attacher = attacher
    this.#annotations = new AnnotationReader(context, resource).read()
  }

  compile(fields: Fields): readonly GatewayRouteOptions[] {
    for (const rule of fields.each('rules', { known: ['host', 'http'] })) this.#rule(rule)
    const fallback = compileBackend(this.#context, this.#resource, fields, 'defaultBackend')
    const last =
      fallback === undefined
        ? []
        : [{ ...this.#options('', fallback, fields.place('defaultBackend').line), paths: ['/'] }]
    if (!fields.has('rules') && !fields.has('defaultBackend'))
      fields.warn('rules', 'missing-field', 'There are neither rules nor a default backend: nothing is routed.')
    return [...[...this.#routes.values()].map(({ options, paths }) => ({ ...options, paths })), ...last]
  }

  #rule(rule: Fields): void {
    const host = rule.text('host') ?? ''
    if (host !== '' && !isRuleHost(host)) {
      rule.error('host', 'invalid-value', hostForm)
      return
    }
    const paths = rule.fields('http', { known: ['paths'] })?.each('paths', { known: ['path', 'pathType', 'backend'] })
    for (const one of paths ?? []) {
      const path = compilePath(this.#context, one, this.#annotations.regexPrefix)
      const backend = compileBackend(this.#context, this.#resource, one, 'backend')
      if (!one.has('backend')) one.error('backend', 'missing-field', '"backend" is required.')
      if (path === undefined || backend === undefined) continue
      const key = JSON.stringify([host, backend.service.name, backend.port])
      const route = this.#routes.get(key)
      if (route !== undefined) route.paths.push(path)
      else this.#routes.set(key, { options: this.#options(host, backend, one.at.line), paths: [path] })
    }
  }

  #options(host: string, backend: Backend, line: number): GatewayRouteOptions {
    const { name, namespace } = this.#resource
    const { stripPath, preserveHost, methods, headers, hostAliases } = this.#annotations
    const plugins = this.#attacher.pluginsOf(this.#resource, backend.resource, backend.port)
    return {
      name: [namespace, name, backend.name, host.replace('*', '_'), backend.port].join('.'),
      ...(host === '' ? {} : { hosts: [host, ...hostAliases] }),
      ...(methods === undefined ? {} : { methods }),
      ...(headers === undefined ? {} : { headers }),
      service: backend.service.name,
      stripPath,
      preserveHost,
      ...(plugins.length === 0 ? {} : { plugins }),
      dialect: 'kong',
      origin: originOf({ ...this.#resource.at, line }),
    }
  }
}
