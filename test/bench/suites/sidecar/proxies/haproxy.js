/** HAProxy: one process, two threads. */
import { tools } from '../../../harness/tools.js'

/** @type {import('./index.js').Proxy} */
export const haproxy = {
  ...tools.haproxy,
  args: (file) => ['-db', '-f', file],
  config: ({ folder, listen, upstream, tls }) => `global
  nbthread 2
  maxconn 4096
defaults
  mode http
  timeout connect 5s
  timeout client 10m
  timeout server 10m
  timeout http-keep-alive 10m
  http-reuse always
frontend in
  bind 127.0.0.1:${listen}${tls === 'listen' ? ` ssl crt ${folder}/both.pem ca-file ${folder}/ca.pem verify required ssl-min-ver TLSv1.3` : ''}
  default_backend out
backend out
  server one 127.0.0.1:${upstream}${tls === 'upstream' ? ` ssl crt ${folder}/both.pem ca-file ${folder}/ca.pem verify required verifyhost localhost ssl-min-ver TLSv1.3` : ''}
`,
}
