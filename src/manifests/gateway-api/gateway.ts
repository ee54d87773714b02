import { type CompileContext, resourcesOf } from '../context.js'
import { Fields, type Vocabulary } from '../fields.js'
import { type Resource, rootFields } from '../resource.js'
import { demand, readItems } from './checks.js'
import { type Listener, listenerVocabulary, readListener } from './listener.js'

const spec: Vocabulary = {
  known: ['gatewayClassName', 'listeners', 'addresses', 'infrastructure'],
  unsupported: {
    allowedListeners: { severity: 'warning', message: 'Only the listeners that stand here are read.' },
    defaultScope: { severity: 'warning', message: 'Routes have to name their Gateway: the field is ignored.' },
    backendTLS: { severity: 'warning', message: 'The certificate for calls to services is the identity of the mesh.' },
    tls: {
      severity: 'error',
      message: 'TLS of the gateway is settled by its server (mesh.server): what is demanded here would not be.',
    },
  },
}

/** A Gateway and its listeners for HTTP. */
export interface Gateway {
  readonly resource: Resource
  readonly listeners: readonly Listener[]
}

function checkListeners(all: readonly Fields[]): void {
  const names = new Set<string>()
  const sockets = new Set<string>()
  for (const fields of all) {
    const name = fields.text('name') ?? ''
    if (names.has(name)) fields.error('name', 'invalid-value', `"${name}" is the name of a listener above already.`)
    names.add(name)
    const place = JSON.stringify([fields.number('port'), fields.text('protocol'), fields.text('hostname') ?? ''])
    if (sockets.has(place))
      fields.error('port', 'invalid-value', 'A listener above has the same port, protocol and hostname.')
    sockets.add(place)
  }
}

/** Reads every Gateway. GatewayClasses say who runs one, which is no affair of ours: this process does. */
export function readGateways(context: CompileContext): readonly Gateway[] {
  return resourcesOf(context, 'gateway.networking.k8s.io', 'Gateway').map((resource) => {
    const root = rootFields(resource, context.report, { known: ['spec'] })
    demand(root, 'spec')
    const fields = root.fields('spec', spec)
    if (fields !== undefined) for (const name of ['gatewayClassName', 'listeners']) demand(fields, name)
    const all = fields === undefined ? [] : readItems(fields, 'listeners', 64, 1)
    const read = all.map((map) => new Fields(map, context.report, listenerVocabulary))
    checkListeners(read)
    const listeners = read.map((one) => readListener(context, resource, one)).filter((one) => one !== undefined)
    return { resource, listeners }
  })
}
