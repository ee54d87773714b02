/**
 * One number and the goal it is measured against.
 * @typedef {object} Figure
 * @property {string} name
 * @property {string} measured
 * @property {string} goal
 * @property {boolean} met
 * @property {string} [naive] the same of what people stack by hand
 */

/**
 * What every measurement gets.
 * @typedef {object} Context
 * @property {boolean} quick
 * @property {number} seed
 * @property {() => Promise<Upstream>} upstream starts one; it is stopped when the suite ends
 */

/**
 * @typedef {object} Upstream
 * @property {string} url
 * @property {(method: string, params?: unknown) => Promise<any>} call
 */

/**
 * @param {string} name @param {number} value @param {number} most @param {{ digits?: number, unit?: string, naive?: number }} [more]
 * @returns {Figure}
 */
export function atMost(name, value, most, { digits = 0, unit = '', naive } = {}) {
  return {
    name,
    measured: `${value.toFixed(digits)}${unit}`,
    goal: `<= ${most.toFixed(digits)}${unit}`,
    met: value <= most,
    ...(naive === undefined ? {} : { naive: `${naive.toFixed(digits)}${unit}` }),
  }
}

/**
 * @param {import('sidecarless').Mesh} mesh @param {object} [init]
 * @returns {Promise<number | string>} the status once the body is there, or the error's code
 */
export async function outcome(mesh, init = {}) {
  try {
    const reply = await mesh.request({ service: 'api', path: '/', ...init })
    await reply.body.bytes()
    return reply.status
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}
