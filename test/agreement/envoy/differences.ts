/** A difference that is wanted, and why. */
interface Deliberate {
  readonly why: string
  covers(difference: string): boolean
}

function withoutDefaultPort(text: string): string {
  return text.replace(/(http:\/\/[^/\n]*?):80(?=\/)|(https:\/\/[^/\n]*?):443(?=\/)/g, '$1$2')
}

/** Where the mesh decides otherwise than Envoy, knowingly. */
export const deliberate: readonly Deliberate[] = [
  {
    why: 'A redirect whose port is set to the one that its scheme has anyway leaves it out, as the Gateway API wants; Envoy writes it.',
    covers(difference) {
      const [mesh, envoy] = difference.split('\nnot\n')
      return (
        mesh?.startsWith('reply headers\n') === true &&
        withoutDefaultPort(`${mesh}`) === withoutDefaultPort(`reply headers\n${envoy}`)
      )
    },
  },
  {
    why: 'A redirect whose authority has a port and whose port is set too goes to that port; Envoy writes both, one behind the other.',
    covers(difference) {
      const [mesh, envoy] = difference.split('\nnot\n')
      const both = /^(location: https?:\/\/[^/:\n]+):\d+(:\d+)/m
      return (
        both.test(`${envoy}`) &&
        mesh?.startsWith('reply headers\n') === true &&
        withoutDefaultPort(`${mesh}`) === withoutDefaultPort(`reply headers\n${envoy}`.replace(both, '$1$2'))
      )
    },
  },
]
