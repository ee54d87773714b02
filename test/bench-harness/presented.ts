/** What all reports have, for tests. */
export const about = {
  startedAt: '2026-11-28T20:00:00.000Z',
  machine: {
    node: 'v20.20.2',
    platform: 'linux x64',
    cores: 2,
    cpu: 'Some CPU',
    memoryGb: 8,
    packages: { undici: '7.1.0' },
  },
}

export function spread(median: number) {
  return { median, min: median, max: median, q1: median, q3: median }
}
