/** The process in which one thing is weighed. Each part is loaded alone: what others import would be weighed too. */
import { answerParent } from '../../harness/remote-process.js'

/** @param {{ part: string, method: string, options?: unknown }} params */
async function weigh({ part, method, options }) {
  const module = await import(`./parts/${part}.js`)
  return module[method](options)
}

answerParent({ weigh })
