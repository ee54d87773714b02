/** The proxies that take part where they are installed, each with its own way of being told the same. */
import { execFileSync } from 'node:child_process'
import { envoy } from './envoy.js'
import { haproxy } from './haproxy.js'
import { nginx } from './nginx.js'

/**
 * What one proxy of a pair does. The files of certificates are there in its folder: `cert.pem`, `key.pem`, `ca.pem` and
 * `both.pem`, the certificate and its key in one.
 * @typedef {object} Setting
 * @property {string} folder
 * @property {number} listen port on 127.0.0.1
 * @property {number} upstream port on 127.0.0.1
 * @property {'listen' | 'upstream' | null} tls on which of its sides it speaks mutual TLS 1.3
 */

/**
 * @typedef {object} Proxy
 * @property {string} name
 * @property {string | undefined} [variable] of the environment that names the program
 * @property {string} program on the PATH
 * @property {string} versionFlag
 * @property {RegExp} version
 * @property {(setting: Setting) => string} config two workers, nothing but forwarding
 * @property {(file: string, folder: string) => string[]} args
 */

/** @type {readonly Proxy[]} */
export const proxies = [haproxy, nginx, envoy]

/**
 * @param {Proxy} proxy
 * @returns {{ path: string, version: string } | null} null when it is not installed
 */
export function findProxy({ program, variable, versionFlag, version }) {
  const path = (variable === undefined ? undefined : process.env[variable]) ?? program
  try {
    // nginx tells its version on the error stream.
    const told = execFileSync('sh', ['-c', '"$0" "$1" 2>&1', path, versionFlag], { encoding: 'utf8' })
    return { path, version: version.exec(told)?.[1] ?? 'unknown' }
  } catch {
    return null
  }
}
