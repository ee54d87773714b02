/** The proxies that take part where they are installed, each with its own way of being told the same. */
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
 * @typedef {import('../../../harness/tool-process.js').Tool & {
 *   name: string,
 *   config: (setting: Setting) => string,
 *   args: (file: string, folder: string) => string[],
 * }} Proxy with two workers that do nothing but forward
 */

/** @type {readonly Proxy[]} */
export const proxies = [haproxy, nginx, envoy]
