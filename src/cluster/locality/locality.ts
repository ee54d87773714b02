/** Where a workload runs, from the largest part to the smallest; a part that is unknown is empty. */
export interface Locality {
  readonly region: string
  readonly zone: string
  readonly subzone: string
}

/** Takes `region/zone/subzone` apart. */
export function parseLocality(text: string | undefined): Locality {
  const [region = '', zone = '', subzone = ''] = text?.split('/') ?? []
  return { region, zone, subzone }
}

/** How far apart two localities are, in Istio's steps: 0 the same subzone, 1 zone, 2 region, 3 another region. */
export function distance(a: Locality, b: Locality): 0 | 1 | 2 | 3 {
  if (a.region !== b.region) return 3
  if (a.zone !== b.zone) return 2
  return a.subzone === b.subzone ? 0 : 1
}

/** Whether a rule's locality, `*` for any part, means this one. Parts that the rule leaves out fit all. */
export function localityMatches(rule: string, { region, zone, subzone }: Locality): boolean {
  const wanted = parseLocality(rule)
  return (
    (wanted.region === '*' || wanted.region === region) &&
    (wanted.zone === '' || wanted.zone === '*' || wanted.zone === zone) &&
    (wanted.subzone === '' || wanted.subzone === '*' || wanted.subzone === subzone)
  )
}
