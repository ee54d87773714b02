import type { Duration } from '../../core/duration.js'
import {
  duration,
  either,
  flag,
  integer,
  list,
  number,
  object,
  oneOf,
  rule,
  type Schema,
} from '../../core/schema/index.js'
import { type HashPolicy, hashPolicy } from '../hash-policy/options.js'
import { type LocalityOptions, localityOptions } from '../locality-options.js'

/** An algorithm by its name. */
export type LoadBalancerType = 'least-request' | 'round-robin' | 'random' | 'ring-hash' | 'maglev' | 'peak-ewma'

/** Gives a new endpoint its share bit by bit. For `least-request` and `round-robin`. */
export interface SlowStartOptions {
  /** How long an endpoint is new. From 1 ms. */
  window: Duration
  /** Where its share begins, 0 to 100 percent. Default 10. */
  minimumPercent?: number | undefined
  /** 1 grows linearly; more grows faster at first. Above 0. Default 1. */
  aggression?: number | undefined
}

/** How endpoints share the calls, in full. */
export interface LoadBalancerSettings {
  /** Default `least-request`. */
  type?: LoadBalancerType | undefined
  /** `least-request`: how many random endpoints are compared. 2 to 10. Default 2. */
  choices?: number | undefined
  /** `least-request` with unequal weights: how much calls in flight count; 0 for not at all. From 0. Default 1. */
  activeRequestBias?: number | undefined
  /** `ring-hash`, `maglev`: what is hashed. Default: nothing, so that endpoints are chosen at random. */
  hash?: readonly HashPolicy[] | undefined
  /** `ring-hash`: 1 to 8,388,608. Default 1,024. */
  minimumRingSize?: number | undefined
  /** `ring-hash`: 1 to 8,388,608, the default. */
  maximumRingSize?: number | undefined
  /** `maglev`: a prime up to 5,000,011. Default 65,537. */
  tableSize?: number | undefined
  /** `ring-hash`, `maglev`: percent of its fair share of calls in flight that an endpoint may have, from 100. Default: no bound. */
  balanceFactor?: number | undefined
  /** `ring-hash`, `maglev`: place endpoints by host name instead of address. Default false. */
  useHostname?: boolean | undefined
  /** `peak-ewma`: how fast old latencies are forgotten. From 1 ms. Default `'10s'`. */
  decay?: Duration | undefined
  /** Lets endpoints that are new warm up. Default: they get their full share at once. */
  slowStart?: SlowStartOptions | undefined
  /** Default: localities make no difference. */
  locality?: LocalityOptions | undefined
  /**
   * Below this share of healthy endpoints, 0 to 100, health and ejections are ignored: a few survivors would drown. 0 never
   * ignores them. Default: `outlierDetection.panicThresholdPercent`, else 50.
   */
  panicThresholdPercent?: number | undefined
}

/** How endpoints share the calls: an algorithm, or all of its settings; default `least-request`. */
export type LoadBalancerOptions = LoadBalancerType | LoadBalancerSettings

const type: Schema<LoadBalancerType> = oneOf(
  'least-request',
  'round-robin',
  'random',
  'ring-hash',
  'maglev',
  'peak-ewma',
)

function isPrime(value: number): boolean {
  if (value < 2 || (value > 2 && value % 2 === 0)) return false
  for (let i = 3; i * i <= value; i += 2) if (value % i === 0) return false
  return true
}

const maxRing = 8_388_608

const settings: Schema<LoadBalancerSettings> = rule(
  object<LoadBalancerSettings>({
    type,
    choices: integer(2, 10),
    activeRequestBias: number(0),
    hash: list(hashPolicy, { min: 1 }),
    minimumRingSize: integer(1, maxRing),
    maximumRingSize: integer(1, maxRing),
    tableSize: rule(integer(2, 5_000_011), (value, report) => {
      if (!isPrime(value)) report([], 'must be a prime number')
    }),
    balanceFactor: integer(100),
    useHostname: flag,
    decay: duration(1),
    slowStart: object<SlowStartOptions>(
      { window: duration(1), minimumPercent: number(0, 100), aggression: number(Number.MIN_VALUE) },
      ['window'],
    ),
    locality: localityOptions,
    panicThresholdPercent: number(0, 100),
  }),
  (value, report) => {
    if ((value.minimumRingSize ?? 0) > (value.maximumRingSize ?? maxRing))
      report(['minimumRingSize'], 'must not be above maximumRingSize')
    const { type = 'least-request' } = value
    if (value.slowStart !== undefined && type !== 'least-request' && type !== 'round-robin')
      report(['slowStart'], 'is for least-request and round-robin')
    if (value.hash !== undefined && type !== 'ring-hash' && type !== 'maglev')
      report(['hash'], 'is for ring-hash and maglev')
  },
)

/** Schema of `loadBalancer`. */
export const loadBalancerOptions: Schema<LoadBalancerOptions> = either(type, settings)

/** The settings behind either form. */
export function loadBalancerSettings(options: LoadBalancerOptions | undefined): LoadBalancerSettings {
  return typeof options === 'string' ? { type: options } : (options ?? {})
}
