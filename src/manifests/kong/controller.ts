import type { Reporter } from '../diagnostics.js'
import type { Fields } from '../fields.js'
import { annotationPlace, type Resource } from '../resource.js'

const oldClass = 'kubernetes.io/ingress.class'
/** Names of Kong's own from before its prefix. */
const oldKong: ReadonlySet<string> = new Set([
  'plugins.konghq.com',
  'configuration.konghq.com',
  'strip-path.konghq.com',
])
const otherController = /(^|\.)(ingress\.kubernetes\.io|nginx\.org|haproxy\.org|haproxy-ingress\.github\.io)\/./
const honoured = 'ingress.kubernetes.io/force-ssl-redirect'
const guarding =
  /acl|allow|auth|black|block|cidr|deny|https|jwt|limit|middleware|modsecurity|polic|protocol|secur|snippet|source-range|ssl|tls|waf|white/
/** Says something of checks, whatever words it has. */
const guardsNothing = /healthcheck|cors/
/** Values that ask for nothing, `backend-protocol: HTTP` for one. */
const harmless: ReadonlySet<string> = new Set(['', 'false', 'off', 'none', 'http', 'http1', 'http2'])
/** Google's own, which refuses plain HTTP. */
const allowHttp = 'kubernetes.io/ingress.allow-http'

/** An object that is made for another controller than Kong's says so, and is compiled all the same. */
export function checkClass(report: Reporter, resource: Resource, spec?: Fields): void {
  const given = spec?.text('ingressClassName')
  const name = given ?? resource.annotations.get(oldClass)
  if (name === undefined || name === 'kong') return
  const at =
    spec !== undefined && given !== undefined ? spec.place('ingressClassName') : annotationPlace(resource, oldClass)
  report.warn(at, 'other-controller', `It is of the class "${name}", and is served here as if it were Kong's.`)
}

/** Reports annotations that only another controller reads: as errors if they may guard something. */
export function checkOtherControllers(report: Reporter, resource: Resource): void {
  if (resource.annotations.get(allowHttp) === 'false')
    report.error(annotationPlace(resource, allowHttp), 'other-controller', 'Plain HTTP is served all the same.')
  for (const [name, value] of resource.annotations) {
    const isOld = oldKong.has(name)
    if ((!isOld && !otherController.test(name)) || name === honoured || harmless.has(value.toLowerCase())) continue
    const at = annotationPlace(resource, name)
    if (isOld || (guarding.test(name) && !guardsNothing.test(name)))
      report.error(at, 'other-controller', `"${name}" is not honoured, and may guard something.`)
    else report.warn(at, 'other-controller', `"${name}" is not read: it changes nothing here.`)
  }
}
