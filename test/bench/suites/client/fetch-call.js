/**
 * One call through anything that has fetch's signature, its body read.
 * @param {(url: string, init: any) => Promise<any>} fetch
 * @param {string} url
 * @param {object} init
 * @param {import('./target.js').Target} target
 * @returns {() => Promise<boolean>}
 */
export function fetchWith(fetch, url, init, { json, isRight }) {
  async function callForJson() {
    const response = await fetch(url, init)
    return isRight(response.status, await response.json())
  }
  async function callForBytes() {
    const response = await fetch(url, init)
    return isRight(response.status, await response.arrayBuffer())
  }
  return json ? callForJson : callForBytes
}
