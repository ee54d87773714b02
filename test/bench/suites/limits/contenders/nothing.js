/** What the loop itself costs: in memory that is most of what is measured. */
import { inTurn } from './connect.js'

export async function open() {
  const key = inTurn((address) => address)
  return { call: async () => key() !== '', close() {} }
}
