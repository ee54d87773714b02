/** The process of a Node gateway. */
import { answerParent } from '../../harness/remote-process.js'

/** @param {{ module: string, placement: Omit<import('./gateways.js').Placement, 'port'> }} params */
async function open({ module, placement }) {
  const contender = await import(module)
  return contender.open(placement)
}

answerParent({ open })
