import { channel } from 'node:diagnostics_channel'
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MeshError } from '../../../src/core/errors.js'
import { runInbound } from '../../../src/core/inbound.js'
import { Observer } from '../../../src/core/observer.js'
import { directReply } from '../../../src/core/reply.js'
import { Telemetry } from '../../../src/telemetry/telemetry.js'
import { served } from '../../core/served.js'
import { inbound, openReply, outbound } from '../calls.js'
import { w3cPropagator } from './w3c-propagator.js'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const traceparent = `00-${traceId}-b7ad6b7169203331-01`
const serving = served({ requestId: 'req-1', traceparent, tracestate: 'vendor=1' })

const telemetry = new Telemetry({ workload: { name: 'checkout' }, observer: new Observer() })
const client = telemetry.service({ name: 'reviews' }).service
const server = telemetry.server('workload')
const answer = () => Promise.resolve(directReply(200))

describe('without an SDK', () => {
  it('passes the trace and the id of the request being served on, unchanged', async () => {
    const call = outbound()
    await runInbound(serving, () => client(call, answer))
    expect(Object.fromEntries(call.headers)).toEqual({
      traceparent,
      tracestate: 'vendor=1',
      'x-request-id': 'req-1',
    })
  })

  it('leaves alone what the application has set itself', async () => {
    const call = outbound()
    call.headers.set('traceparent', 'own')
    call.headers.set('x-request-id', 'own')
    await runInbound(serving, () => client(call, answer))
    expect(Object.fromEntries(call.headers)).toEqual({ traceparent: 'own', 'x-request-id': 'own' })
  })

  it('invents nothing', async () => {
    const call = outbound()
    await client(call, answer)
    expect([...call.headers]).toEqual([])
  })
})

describe('with an SDK', () => {
  const exporter = new InMemorySpanExporter()

  beforeEach(() => {
    exporter.reset()
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }))
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    propagation.setGlobalPropagator(w3cPropagator)
  })
  afterEach(() => {
    trace.disable()
    context.disable()
    propagation.disable()
  })

  const span = () => {
    const [only, ...others] = exporter.getFinishedSpans()
    if (only === undefined || others.length > 0) throw new Error(`${others.length + 1} spans`)
    return only
  }

  it('makes one span a logical call, by the HTTP conventions, without the query', async () => {
    await client(outbound('/items?token=canary'), (call) => {
      call.route = { name: 'default' }
      call.attempt = 2
      call.endpoint = { id: '10.0.0.1:80', scheme: 'http', host: '10.0.0.1', port: 80, origin: 'http://10.0.0.1:80' }
      return answer()
    })
    const { name, kind, status, attributes } = span()
    expect({ name, kind, status: status.code }).toEqual({
      name: 'GET',
      kind: SpanKind.CLIENT,
      status: SpanStatusCode.UNSET,
    })
    expect(attributes).toEqual({
      'http.request.method': 'GET',
      'server.address': 'reviews',
      'server.port': 80,
      'url.full': 'http://reviews/items',
      'http.response.status_code': 200,
      'network.peer.address': '10.0.0.1',
      'network.peer.port': 80,
      'http.request.resend_count': 2,
      'mesh.service': 'reviews',
      'mesh.route': 'default',
    })
  })

  it('writes itself into the headers of the call', async () => {
    const call = outbound()
    await client(call, answer)
    const { traceId: id, spanId } = span().spanContext()
    expect(call.headers.get('traceparent')).toBe(`00-${id}-${spanId}-01`)
  })

  it('ends with the reply body', async () => {
    const reply = openReply(200)
    await client(outbound(), () => Promise.resolve(reply))
    expect(exporter.getFinishedSpans()).toEqual([])
    reply.body.complete(undefined)
    expect(span().ended).toBe(true)
  })

  it.each([404, 500])('makes a reply of %i an error for the caller', async (status) => {
    await client(outbound(), () => Promise.resolve(directReply(status)))
    expect(span().status.code).toBe(SpanStatusCode.ERROR)
    expect(span().attributes['error.type']).toBe(String(status))
  })

  it('names an error by its code', async () => {
    await client(outbound(), () => Promise.reject(new MeshError('ERR_MESH_CONNECT', 'refused'))).catch(() => {})
    expect(span().status).toMatchObject({ code: SpanStatusCode.ERROR, message: 'refused' })
    expect(span().attributes['error.type']).toBe('ERR_MESH_CONNECT')
  })

  it('hangs below the span that is active', async () => {
    const tracer = trace.getTracer('test')
    await tracer.startActiveSpan('outer', async (outer) => {
      await client(outbound(), answer)
      outer.end()
    })
    const [inner, outer] = exporter.getFinishedSpans()
    expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId)
  })

  it('is the parent of the spans of its exchanges', async () => {
    await client(outbound(), () => {
      trace.getTracer('undici').startSpan('exchange').end()
      return answer()
    })
    const [exchange, logical] = exporter.getFinishedSpans()
    expect(exchange?.parentSpanContext?.spanId).toBe(logical?.spanContext().spanId)
  })

  it('is no client span where instrumentation of undici makes those', async () => {
    const listener = () => {}
    const exchanges = channel('undici:request:create')
    exchanges.subscribe(listener)
    try {
      await client(outbound(), answer)
    } finally {
      exchanges.unsubscribe(listener)
    }
    expect(span().kind).toBe(SpanKind.INTERNAL)
  })

  it('continues the trace of the request being served when no span is active', async () => {
    await runInbound(serving, () => client(outbound(), answer))
    expect(span().spanContext().traceId).toBe(traceId)
    expect(span().parentSpanContext?.spanId).toBe('b7ad6b7169203331')
  })

  it('passes the trace on where no propagator is registered', async () => {
    propagation.disable()
    const call = outbound()
    await runInbound(serving, () => client(call, answer))
    expect(call.headers.get('traceparent')).toBe(traceparent)
  })

  it('makes a server span below the caller, and the calls of the application hang below it', async () => {
    const call = inbound({
      target: '/items/7?token=canary',
      headers: { traceparent, 'user-agent': 'curl/8' },
      method: 'BREW',
    })
    await server(call, async (one) => {
      one.route = '/items/:id'
      await client(outbound(), answer)
      return directReply(200)
    })
    const [inner, outer] = exporter.getFinishedSpans()
    expect(outer?.kind).toBe(SpanKind.SERVER)
    expect(outer?.name).toBe('_OTHER /items/:id')
    expect(outer?.parentSpanContext?.spanId).toBe('b7ad6b7169203331')
    expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId)
    expect(inner?.spanContext().traceId).toBe(traceId)
    expect(outer?.attributes).toEqual({
      'http.request.method': '_OTHER',
      'url.scheme': 'http',
      'url.path': '/items/7',
      'user_agent.original': 'curl/8',
      'http.route': '/items/:id',
      'http.response.status_code': 200,
      'client.address': '192.0.2.1',
    })
  })

  it('is a step inside the span of another instrumentation of the server', async () => {
    await trace.getTracer('http').startActiveSpan('GET', async (outer) => {
      await server(inbound({ headers: { traceparent } }), answer)
      outer.end()
    })
    const [ours, theirs] = exporter.getFinishedSpans()
    expect(ours?.kind).toBe(SpanKind.INTERNAL)
    expect(ours?.parentSpanContext?.spanId).toBe(theirs?.spanContext().spanId)
  })

  it.each<[number, SpanStatusCode]>([
    [404, SpanStatusCode.UNSET],
    [500, SpanStatusCode.ERROR],
  ])('makes an answer of %i the status %i for a server', async (status, code) => {
    await server(inbound(), () => Promise.resolve(directReply(status)))
    expect(span().status.code).toBe(code)
  })

  it('tells what was thrown while a request was served', async () => {
    await server(inbound(), () => Promise.reject(new TypeError('x is not a function'))).catch(() => {})
    const { status, attributes, events } = span()
    expect(status).toEqual({ code: SpanStatusCode.ERROR, message: 'x is not a function' })
    expect(attributes['error.type']).toBe('_OTHER')
    expect(events).toMatchObject([
      { name: 'exception', attributes: { 'exception.type': 'TypeError', 'exception.message': 'x is not a function' } },
    ])
  })

  it('stops when the SDK is taken away', async () => {
    trace.disable()
    await client(outbound(), answer)
    expect(exporter.getFinishedSpans()).toEqual([])
  })
})
