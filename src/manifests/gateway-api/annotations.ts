import type { Reporter } from '../diagnostics.js'
import {
  type AnnotationVocabulary,
  checkAnnotations,
  checkProtocols,
  kongPrefix,
  unsupportedOfRoutes,
} from '../kong-annotations.js'
import { annotationPlace, type Resource } from '../resource.js'

const vocabulary: AnnotationVocabulary = {
  known: ['protocols', 'tags'],
  unsupported: {
    ...unsupportedOfRoutes,
    plugins: ['error', 'Plugins are attached by an Ingress alone: this route would be served without.'],
    methods: ['error', 'It would take every method: give "matches" one.'],
    'headers.': ['error', 'It would take any header: give "matches" one.'],
    'strip-path': ['warning', 'Paths go on as they are: a URLRewrite can replace their prefix.'],
    'preserve-host': ['warning', "The client's Host goes on: a URLRewrite can replace it."],
    'host-aliases': ['warning', 'Name further hosts in "hostnames".'],
    'regex-prefix': ['warning', 'A path is a regular expression by its type.'],
  },
}

/** Reports what Kong is told by annotations of a route that hangs on a Gateway. */
export function checkRouteAnnotations(report: Reporter, route: Resource): void {
  checkAnnotations(report, route, vocabulary)
  checkProtocols(report, route)
}

/** Plugins that a Service brings along for the routes that lead to it. */
export function checkServicePlugins(report: Reporter, service: Resource, route: Resource): void {
  const name = `${kongPrefix}plugins`
  if ((service.annotations.get(name) ?? '') === '') return
  const message = `Plugins are attached by an Ingress alone: the HTTPRoute "${route.name}" would be served without.`
  report.error(annotationPlace(service, name), 'unsupported-field', message)
}
