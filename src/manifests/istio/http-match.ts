import { isHeaderName } from '../../core/schema/index.js'
import type { Place, Reporter } from '../diagnostics.js'
import type { ManifestMap } from '../document.js'
import { Fields, type Vocabulary } from '../fields.js'
import { checkGatewayNames } from './gateway-names.js'
import { isDnsLabel, isLabel, isPseudoHeader } from './names.js'
import { compileStringMatch, type IstioMatch, type StringMatchRules } from './string-match.js'

/** One block of `match`, read and checked. All of its conditions must hold. */
export interface HttpMatch {
  readonly at: Place
  readonly name: string | undefined
  readonly uri: IstioMatch | undefined
  readonly ignoreUriCase: boolean
  readonly scheme: IstioMatch | undefined
  readonly method: IstioMatch | undefined
  readonly authority: IstioMatch | undefined
  readonly headers: ReadonlyMap<string, IstioMatch>
  readonly withoutHeaders: ReadonlyMap<string, IstioMatch>
  readonly queryParams: ReadonlyMap<string, IstioMatch>
  readonly port: number | undefined
  readonly sourceLabels: ReadonlyMap<string, string>
  readonly sourceNamespace: string | undefined
  /** If there are any, they alone say for whom the block is; the source is not looked at then. */
  readonly gateways: readonly string[]
}

const vocabulary: Vocabulary = {
  known: [
    'name',
    'uri',
    'ignoreUriCase',
    'scheme',
    'method',
    'authority',
    'headers',
    'withoutHeaders',
    'queryParams',
    'gateways',
    'port',
    'sourceLabels',
    'sourceNamespace',
  ],
  unsupported: { statPrefix: { severity: 'warning', message: 'Statistics of a route have no prefix of their own.' } },
}

/** Who may be asked for the claims of a token. */
export interface MatchRules {
  /** Whether the rule is for gateways alone. */
  readonly atGateway: boolean
}

function readMap(fields: Fields, name: string, report: Reporter): ReadonlyMap<string, IstioMatch> {
  const matches = new Map<string, IstioMatch>()
  for (const [key, { at, value }] of fields.map(name)?.entries ?? []) {
    if (name === 'headers' && value.kind === 'scalar' && value.value === null) {
      report.error(at, 'invalid-value', 'must not be null; {} asks for presence.')
      continue
    }
    const match = compileStringMatch(value, report, { star: true })
    if (match !== undefined) matches.set(key, match)
  }
  return matches
}

function checkHeaderNames(fields: Fields, name: string, report: Reporter, { atGateway }: MatchRules): void {
  for (const [key, { at }] of fields.map(name)?.entries ?? []) {
    const isClaim = /^@request\.auth\.claims(?:\..|\[.*[^[]\]$)/i.test(key)
    if (isClaim && !atGateway)
      report.error(
        at,
        'invalid-value',
        'Claims of a token can be tested at a gateway only, which this rule is not for.',
      )
    else if (!isClaim && !isHeaderName(key) && !isPseudoHeader(key))
      report.error(at, 'invalid-value', `"${key}" is no name of a header.`)
  }
}

function readSourceLabels(fields: Fields): ReadonlyMap<string, string> {
  const labels = fields.textMap('sourceLabels') ?? new Map<string, string>()
  for (const [key, value] of labels)
    if (!isLabel(key, value)) fields.error('sourceLabels', 'invalid-value', `"${key}: ${value}" can be no label.`)
  return labels
}

/** Reads one block of `match`. */
export function readHttpMatch(map: ManifestMap, report: Reporter, rules: MatchRules): HttpMatch {
  const fields = new Fields(map, report, vocabulary)
  const single = (name: string, stringRules?: StringMatchRules): IstioMatch | undefined => {
    const value = fields.value(name)
    return value === undefined ? undefined : compileStringMatch(value, report, stringRules)
  }
  checkHeaderNames(fields, 'headers', report, rules)
  checkHeaderNames(fields, 'withoutHeaders', report, rules)
  const gateways = fields.texts('gateways') ?? []
  checkGatewayNames(fields, gateways)
  const sourceNamespace = fields.text('sourceNamespace')
  if (sourceNamespace !== undefined && sourceNamespace !== '' && !isDnsLabel(sourceNamespace))
    fields.error('sourceNamespace', 'invalid-value', `"${sourceNamespace}" can be no namespace.`)
  const port = fields.integer('port', { min: 0, max: 65_535 })
  const uri = single('uri', { emptyPrefix: true })
  const ignoreUriCase = fields.flag('ignoreUriCase') ?? false
  if (ignoreUriCase && uri?.regex !== undefined)
    fields.warn('ignoreUriCase', 'shadowed', 'It has no effect on a regex: begin that with "(?i)".')
  return {
    at: map.at,
    name: fields.text('name') || undefined,
    uri,
    ignoreUriCase,
    scheme: single('scheme'),
    method: single('method'),
    authority: single('authority'),
    headers: readMap(fields, 'headers', report),
    withoutHeaders: readMap(fields, 'withoutHeaders', report),
    queryParams: readMap(fields, 'queryParams', report),
    port: port === 0 ? undefined : port,
    sourceLabels: readSourceLabels(fields),
    sourceNamespace: sourceNamespace || undefined,
    gateways,
  }
}
