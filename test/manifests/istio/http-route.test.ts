import { describe, expect, it } from 'vitest'
import { found, loadText, messages, reviews, virtualService } from '../load-text.js'
import { problems, problemsOf, route, routes, to } from './rule.js'

const two = (a: string, b: string): string => `    - route: [{ destination: ${a} }, { destination: ${b} }]\n`

describe('route', () => {
  it('to one subset ignores its weight', async () => {
    const rules = await routes('    - route: [{ destination: { host: reviews, subset: v1 }, weight: 20 }]\n')
    expect(rules[0]?.to).toBe('v1')
  })

  it('to the service itself needs no target', async () => {
    expect(await route('timeout: 1s')).toEqual({ timeout: 1_000, origin: { file: 'm.yaml', line: 8 } })
  })

  it('to another service names it', async () => {
    const rules = await routes('    - route: [{ destination: { host: ratings.default.svc.cluster.local } }]\n')
    expect(rules[0]?.to).toEqual([{ service: 'ratings' }])
  })

  it('splits by weight, in order; a weight of 0 takes nothing', async () => {
    const rule = two('{ host: reviews }, weight: 1', '{ host: ratings, subset: v1 }, weight: 3')
    expect((await routes(rule))[0]?.to).toEqual([{ weight: 1 }, { service: 'ratings', subset: 'v1', weight: 3 }])
    const zero = two('{ host: reviews, subset: v1 }, weight: 0', '{ host: reviews, subset: v2 }, weight: 5')
    expect((await routes(zero))[0]?.to).toEqual([{ subset: 'v2', weight: 5 }])
  })

  const host = 'destination: { host: a }'
  it.each([
    ['weights that sum to 0', `route: [{ ${host}, weight: 0 }, { ${host} }]`, 'error invalid-value route'],
    ['a negative weight', `route: [{ ${host}, weight: -1 }]`, 'error invalid-value route[0].weight'],
    ['a weight that is no integer', `route: [{ ${host}, weight: 1.5 }]`, 'error invalid-value route[0].weight'],
    ['a weight that is a string', `route: [{ ${host}, weight: "1" }]`, 'error wrong-type route[0].weight'],
    ['a weight beyond 2^31', `route: [{ ${host}, weight: 2147483648 }]`, 'error invalid-value route[0].weight'],
    ['no destination', 'route: [{ weight: 1 }]', 'error missing-field route[0].destination'],
    ['no host', 'route: [{ destination: { subset: v1 } }]', 'error missing-field route[0].destination.host'],
    ['every host', 'route: [{ destination: { host: "*" } }]', 'error invalid-value route[0].destination.host'],
    ['an address', 'route: [{ destination: { host: 1.1.1.1 } }]', 'error invalid-value route[0].destination.host'],
    ['a path for a host', 'route: [{ destination: { host: a/b } }]', 'error invalid-value route[0].destination.host'],
    [
      'a subset that cannot be',
      'route: [{ destination: { host: a, subset: v.1 } }]',
      'error invalid-value route[0].destination.subset',
    ],
    [
      'a port without a number',
      'route: [{ destination: { host: a, port: {} } }]',
      'error missing-field route[0].destination.port.number',
    ],
    [
      'port 0',
      'route: [{ destination: { host: a, port: { number: 0 } } }]',
      'error invalid-value route[0].destination.port.number',
    ],
    ['nothing at all', 'name: x', 'error missing-field route'],
    ['an empty list', 'route: []', 'error missing-field route'],
    ['a redirect beside it', `route: [{ ${host} }]\n      redirect: { uri: / }`, 'error invalid-value route'],
    ['an answer beside it', `route: [{ ${host} }]\n      directResponse: { status: 200 }`, 'error invalid-value route'],
    ['a delegate beside it', `route: [{ ${host} }]\n      delegate: { name: a }`, 'error invalid-value route'],
    [
      'a redirect and an answer',
      'redirect: { uri: / }\n      directResponse: { status: 200 }',
      'error invalid-value directResponse',
    ],
    ['a redirect and a rewrite', 'redirect: { uri: / }\n      rewrite: { uri: /a }', 'error invalid-value rewrite'],
    [
      'a redirect and a fault',
      'redirect: { uri: / }\n      fault: { abort: { httpStatus: 500 } }',
      'error invalid-value fault',
    ],
    [
      'an answer and a fault',
      'directResponse: { status: 200 }\n      fault: { abort: { httpStatus: 500 } }',
      'error invalid-value fault',
    ],
  ])('with %s is an error', async (_, rule, problem) => {
    expect(await problems(rule)).toContain(problem)
  })

  it.each(['"*foo.baz"', '"*-foo.baz"', '"*.foo.baz"', 'foo.baz.'])('may lead to %s', async (name) => {
    expect((await routes(`    - route: [{ destination: { host: ${name} } }]\n`)).length).toBe(1)
  })
})

describe('an undefined subset', () => {
  const rule = '    - route: [{ destination: { host: reviews, subset: v9 } }]\n'

  it('is taken for a value of the label version', async () => {
    const config = await loadText(virtualService(rule), { endpoints: reviews })
    expect(config.services?.reviews?.subsets).toEqual({ v9: { version: 'v9' } })
    expect(messages(config)).toContain('None has it.')
  })

  it('under strict leads nowhere, as in Istio', async () => {
    const config = await loadText(virtualService(rule), { endpoints: reviews, strict: true })
    expect(config.services?.reviews).toMatchObject({ allowUnknownDestinations: true })
    expect(config.services?.reviews?.subsets).toBeUndefined()
    expect(found(config)[0]).toContain('warning undefined-subset')
  })
})

describe('redirect', () => {
  it.each<[string, unknown]>([
    ['uri: /a', { path: '/a' }],
    ['authority: "a:8443"', { authority: 'a:8443' }],
    ['uri: "", scheme: https, redirectCode: 308', { scheme: 'https', status: 308 }],
    ['port: 8080', { port: 8080 }],
    // Istio writes no port that is the scheme's, so that of the authority stays.
    ['port: 80, authority: "a:8443"', { authority: 'a:8443' }],
    ['port: 443, scheme: https', { scheme: 'https' }],
    ['port: 80, scheme: https', { scheme: 'https', port: 80 }],
    ['port: 80', { scheme: 'http' }],
    ['derivePort: FROM_REQUEST_PORT, redirectCode: 302', { scheme: 'http', status: 302 }],
    ['derivePort: FROM_REQUEST_PORT, scheme: https', { scheme: 'https', port: 80 }],
    ['derivePort: FROM_PROTOCOL_DEFAULT, uri: /a', { path: '/a' }],
    ['derivePort: FROM_PROTOCOL_DEFAULT', { scheme: 'http' }],
    ['uri: t, authority: t, redirectCode: 0', { path: 't', authority: 't' }],
  ])('%s is %j', async (redirect, native) => {
    expect((await routes(`    - redirect: { ${redirect} }\n`))[0]?.redirect).toEqual(native)
  })

  it.each([
    ['uri: "", authority: ""', 'missing-field redirect'],
    ['uri: t, redirectCode: 299', 'invalid-value redirect.redirectCode'],
    ['uri: t, redirectCode: 400', 'invalid-value redirect.redirectCode'],
    ['uri: t, scheme: ftp', 'invalid-value redirect.scheme'],
    ['uri: t, port: 65536', 'invalid-value redirect.port'],
    ['port: 80, derivePort: FROM_REQUEST_PORT', 'invalid-value redirect.derivePort'],
  ])('%s is an error', async (redirect, problem) => {
    expect(await problems(`redirect: { ${redirect} }`)).toEqual([`error ${problem}`])
  })
})

describe('directResponse', () => {
  it.each<[string, unknown]>([
    ['status: 204', { status: 204 }],
    ['status: 503, body: { string: hello }', { status: 503, body: 'hello' }],
    ['status: 200, body: { bytes: aGVsbG8= }', { status: 200, body: 'hello' }],
    // The JSON of protobuf takes both alphabets, with and without padding.
    ['status: 200, body: { bytes: "aGVsbG8h\\n" }', { status: 200, body: 'hello!' }],
    ['status: 200, body: { bytes: aGVsbG8 }', { status: 200, body: 'hello' }],
    ['status: 200, body: { bytes: Pj4-Pz8_ }', { status: 200, body: '>>>???' }],
    ['status: 200, body: { bytes: Pj4+Pz8/ }', { status: 200, body: '>>>???' }],
  ])('%s is %j', async (answer, native) => {
    const headers = 'headers: { response: { set: { a: b } } }'
    const [first] = await routes(`    - directResponse: { ${answer} }\n      ${headers}\n`)
    expect(first).toMatchObject({ directResponse: native, headers: { response: { set: { a: 'b' } } } })
    expect(first?.to).toBeUndefined()
  })

  const long = (length: number): string => `status: 200, body: { string: ${'a'.repeat(length)} }`
  it.each([
    ['without a status', 'body: { string: a }', 'error missing-field directResponse.status'],
    ['with status 199', 'status: 199', 'error invalid-value directResponse.status'],
    ['with status 600', 'status: 600', 'error invalid-value directResponse.status'],
    [
      'with two bodies',
      'status: 200, body: { string: a, bytes: YQ== }',
      'error invalid-value directResponse.body.bytes',
    ],
    ['with more than 1 MiB', long(1_048_577), 'error too-large directResponse.body'],
    ['with more than 100 KiB', long(102_401), 'warning too-large directResponse.body'],
    [
      'with bytes that are no text',
      'status: 200, body: { bytes: /w== }',
      'warning unsupported-field directResponse.body.bytes',
    ],
    [
      'with bytes that are no base64',
      'status: 200, body: { bytes: "%%%" }',
      'error invalid-value directResponse.body.bytes',
    ],
    [
      'with bytes whose length no base64 has',
      'status: 200, body: { bytes: aGVsb }',
      'error invalid-value directResponse.body.bytes',
    ],
    [
      'with bytes in two alphabets',
      'status: 200, body: { bytes: "a+_h" }',
      'error invalid-value directResponse.body.bytes',
    ],
    ['with half a padding', 'status: 200, body: { bytes: "YQ=" }', 'error invalid-value directResponse.body.bytes'],
  ])('%s gives a line', async (_, answer, problem) => {
    expect(await problems(`directResponse: { ${answer} }`)).toEqual([problem])
  })
})

describe('rewrite', () => {
  it('of a path that is not tested replaces the prefix "/"', async () => {
    const prefix = { path: { prefix: '/' } }
    expect((await route('rewrite: { uri: /a }'))?.match).toEqual([prefix])
    const block = 'match: [{ method: { exact: PUT } }]\n      '
    expect((await route(`${block}rewrite: { uri: /a }`))?.match).toEqual([{ ...prefix, method: { exact: 'PUT' } }])
    expect((await route(`${block}rewrite: { authority: a }`))?.match).toEqual([{ method: { exact: 'PUT' } }])
  })

  it.each<[string, unknown]>([
    ['uri: /a', { matched: '/a' }],
    ['authority: a.b', { authority: 'a.b' }],
    ['uri: /a, authority: a.b', { matched: '/a', authority: 'a.b' }],
    [
      'uriRegexRewrite: { match: "/(.*)", rewrite: "/x/\\\\1" }',
      { regex: { pattern: '/(.*)', substitution: '/x/\\1' } },
    ],
  ])('%s is %j', async (rewrite, native) => {
    expect((await route(`rewrite: { ${rewrite} }`))?.rewrite).toEqual(native)
  })

  it.each([
    ['', 'missing-field rewrite'],
    ['uri: /a, uriRegexRewrite: { match: a, rewrite: b }', 'invalid-value rewrite.uriRegexRewrite'],
    ['uri: "/a b"', 'invalid-value rewrite.uri'],
    ['uri: "/\\u65e5"', 'invalid-value rewrite.uri'],
    ['authority: "a/b"', 'invalid-value rewrite.authority'],
    ['uriRegexRewrite: { match: a }', 'missing-field rewrite.uriRegexRewrite.rewrite'],
    ['uriRegexRewrite: { match: "(?<=a)", rewrite: b }', 'invalid-value rewrite.uriRegexRewrite.match'],
    ['uriRegexRewrite: { match: a, rewrite: "\\\\1" }', 'invalid-value rewrite.uriRegexRewrite.rewrite'],
  ])('{ %s } is an error', async (rewrite, problem) => {
    expect(await problemsOf(`rewrite: { ${rewrite} }`)).toEqual([`error ${problem}`])
  })
})

describe('mirrors', () => {
  it.each<[string, unknown]>([
    ['mirror: { host: reviews, subset: v2 }', [{ subset: 'v2', percentage: 100 }]],
    ['mirror: { host: ratings }\n      mirrorPercentage: { value: 0.5 }', [{ service: 'ratings', percentage: 0.5 }]],
    ['mirror: { host: ratings }\n      mirrorPercentage: { value: 0 }', undefined],
    ['mirror: { host: ratings }\n      mirrorPercent: 5', [{ service: 'ratings', percentage: 5 }]],
    [
      'mirrors: [{ destination: { host: a } }, { destination: { host: b }, percentage: { value: 7 } }]',
      [
        { service: 'a', percentage: 100 },
        { service: 'b', percentage: 7 },
      ],
    ],
  ])('%s', async (mirror, native) => {
    expect((await route(mirror))?.mirrors).toEqual(native)
  })

  it.each([
    ['mirror: { host: a }\n      mirrorPercentage: { value: 101 }', 'error invalid-value mirrorPercentage.value'],
    ['mirror: { host: a }\n      mirrorPercentage: { value: -1 }', 'error invalid-value mirrorPercentage.value'],
    ['mirror: { host: a }\n      mirrorPercent: 101', 'error invalid-value mirrorPercent'],
    ['mirror: { host: "*" }', 'error invalid-value mirror.host'],
    ['mirrors: [{ percentage: { value: 1 } }]', 'error missing-field mirrors[0].destination'],
    ['mirror: { host: a }\n      mirrors: [{ destination: { host: b } }]', 'error invalid-value mirrors'],
  ])('%s is an error', async (mirror, problem) => {
    expect(await problemsOf(mirror)).toContain(problem)
  })
})

describe('what has no effect', () => {
  const percentage = 'mirrorPercentage: { value: 5 }'
  it.each([
    ['a percentage without a mirror', percentage, 'mirrorPercentage'],
    ['an old percentage without a mirror', 'mirrorPercent: 5', 'mirrorPercent'],
    [
      'a percentage beside mirrors',
      `mirrors: [{ destination: { host: reviews } }]\n      ${percentage}`,
      'mirrorPercentage',
    ],
    ['ignoreUriCase for a regex', 'match: [{ uri: { regex: /a }, ignoreUriCase: true }]', 'match[0].ignoreUriCase'],
    [
      'allowOrigin beside allowOrigins',
      'corsPolicy: { allowOrigins: [{ exact: "https://a" }], allowOrigin: ["https://b"] }',
      'corsPolicy.allowOrigin',
    ],
  ])('%s says so', async (_, rule, path) => {
    expect(await problemsOf(rule)).toContain(`warning shadowed ${path}`)
  })

  it.each([
    ['a redirect', 'redirect: { uri: /a }'],
    ['an answer', 'directResponse: { status: 200 }'],
  ])('beside %s says so', async (_, action) => {
    const fields = ['timeout: 1s', 'retries: { attempts: 1 }', 'mirror: { host: reviews }', percentage]
    expect(await problems([action, ...fields].join('\n      '))).toEqual([
      'warning shadowed timeout',
      'warning shadowed retries',
      'warning shadowed mirror',
      'warning shadowed mirrorPercentage',
    ])
    expect(await problems(`${action}\n      mirrors: [{ destination: { host: reviews } }]`)).toEqual([
      'warning shadowed mirrors',
    ])
  })

  it('is not a percentage for the mirror of a delegate', async () => {
    const lines = await problems(`delegate: { name: other }\n      ${percentage}`)
    expect(lines).toEqual(['warning missing-delegate delegate.name'])
  })
})

describe('fault', () => {
  it.each<[string, unknown]>([
    [
      'delay: { fixedDelay: 2s, percentage: { value: 10 } }, abort: { httpStatus: 503, percentage: { value: 0.1 } }',
      { delay: { duration: 2_000, percentage: 10 }, abort: { status: 503, percentage: 0.1 } },
    ],
    ['abort: { httpStatus: 503 }', { abort: { status: 503, percentage: 0 } }],
    ['delay: { fixedDelay: 1ms, percent: 50 }', { delay: { duration: 1, percentage: 50 } }],
    ['abort: { grpcStatus: NOT_FOUND, percentage: { value: 1 } }', { abort: { status: 404, percentage: 1 } }],
    ['abort: { httpStatus: 503, percent: 50 }', { abort: { status: 503, percentage: 0 } }],
    ['abort: { percentage: { value: 1 } }', undefined],
  ])('{ %s } is %j', async (fault, native) => {
    expect((await route(`fault: { ${fault} }`))?.fault).toEqual(native)
  })

  it.each([
    ['', 'error missing-field fault'],
    ['abort: { httpStatus: 199 }', 'error invalid-value fault.abort.httpStatus'],
    ['abort: { httpStatus: 601 }', 'error invalid-value fault.abort.httpStatus'],
    ['abort: { httpStatus: 500, percentage: { value: 101 } }', 'error invalid-value fault.abort.percentage.value'],
    ['abort: { httpStatus: 500, percentage: { value: 0.00001 } }', 'error invalid-value fault.abort.percentage'],
    ['abort: { grpcStatus: NOPE }', 'error invalid-value fault.abort.grpcStatus'],
    ['abort: { http2Error: REFUSED }', 'error invalid-value fault.abort.http2Error'],
    ['delay: { fixedDelay: 0s }', 'error invalid-value fault.delay.fixedDelay'],
    ['delay: { fixedDelay: 1.5ms }', 'error invalid-value fault.delay.fixedDelay'],
    ['delay: { exponentialDelay: 1s }', 'error invalid-value fault.delay.exponentialDelay'],
    ['abort: {}', 'warning missing-field fault.abort'],
    ['abort: { httpStatus: 503, percent: 50 }', 'warning unsupported-field fault.abort.percent'],
  ])('{ %s } gives a line', async (fault, problem) => {
    expect(await problemsOf(`fault: { ${fault} }`)).toContain(problem)
  })
})

describe('corsPolicy', () => {
  it.each<[string, unknown]>([
    ['', {}],
    [
      'allowOrigins: [{ exact: "https://a" }, { regex: "https://.*" }], allowMethods: [GET, "*"], allowHeaders: ["*"], exposeHeaders: [x-a], maxAge: 24h, allowCredentials: true',
      {
        allowOrigins: [{ exact: 'https://a' }, { regex: 'https://.*' }],
        allowMethods: ['GET', '*'],
        allowHeaders: ['*'],
        exposeHeaders: ['x-a'],
        maxAge: 86_400_000,
        allowCredentials: true,
      },
    ],
    [
      'allowOrigin: ["*"], unmatchedPreflights: IGNORE',
      { allowOrigins: [{ exact: '*' }], unmatchedPreflights: 'ignore' },
    ],
    ['allowOrigins: [], allowOrigin: ["https://a"]', { allowOrigins: [{ exact: 'https://a' }] }],
    ['unmatchedPreflights: FORWARD', {}],
  ])('{ %s } is %j', async (cors, native) => {
    expect((await route(`corsPolicy: { ${cors} }`))?.cors).toEqual(native)
  })

  it.each([
    ['allowOrigins: [{}]', 'invalid-value corsPolicy.allowOrigins[0]'],
    ['allowOrigins: [{ exact: "" }]', 'invalid-value corsPolicy.allowOrigins[0].exact'],
    ['allowOrigins: [{ regex: "*" }]', 'invalid-value corsPolicy.allowOrigins[0].regex'],
    ['allowMethods: [get]', 'invalid-value corsPolicy.allowMethods'],
    ['allowHeaders: ["a b"]', 'invalid-value corsPolicy.allowHeaders'],
    ['exposeHeaders: [""]', 'invalid-value corsPolicy.exposeHeaders'],
    ['maxAge: 1500ms', 'invalid-value corsPolicy.maxAge'],
  ])('{ %s } is an error', async (cors, problem) => {
    expect(await problemsOf(`corsPolicy: { ${cors} }`)).toEqual([`error ${problem}`])
  })
})

describe('a rule', () => {
  it('says where it was written', async () => {
    expect((await routes(`    - name: a\n${to}`))[0]).toEqual({ name: 'a', origin: { file: 'm.yaml', line: 8 } })
  })
})
