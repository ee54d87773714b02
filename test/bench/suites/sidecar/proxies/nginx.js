/** nginx: a master that sleeps and two workers. Its defaults that end connections early are lifted, as far as they go. */
import { tools } from '../../../harness/tools.js'

/** Calls after which a connection is closed. */
const MANY = 1_000_000_000

/** @param {string} folder */
const serverTls = (folder) => `
    ssl_certificate ${folder}/cert.pem;
    ssl_certificate_key ${folder}/key.pem;
    ssl_client_certificate ${folder}/ca.pem;
    ssl_verify_client on;
    ssl_protocols TLSv1.3;`

/** @param {string} folder */
const clientTls = (folder) => `
      proxy_ssl_certificate ${folder}/cert.pem;
      proxy_ssl_certificate_key ${folder}/key.pem;
      proxy_ssl_trusted_certificate ${folder}/ca.pem;
      proxy_ssl_verify on;
      proxy_ssl_name localhost;
      proxy_ssl_protocols TLSv1.3;`

/** @type {import('./index.js').Proxy} */
export const nginx = {
  ...tools.nginx,
  args: (file, folder) => ['-p', folder, '-e', 'stderr', '-c', file],
  config: ({ folder, listen, upstream, tls }) => `daemon off;
worker_processes 2;
pid ${folder}/nginx.pid;
error_log stderr error;
events { worker_connections 2048; }
http {
  access_log off;
  client_body_temp_path ${folder}/client-body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  keepalive_timeout 600s;
  keepalive_requests ${MANY};
  upstream out {
    server 127.0.0.1:${upstream};
    keepalive 128;
    keepalive_timeout 600s;
    keepalive_requests ${MANY};
  }
  server {
    listen 127.0.0.1:${listen}${tls === 'listen' ? ' ssl' : ''};${tls === 'listen' ? serverTls(folder) : ''}
    location / {
      proxy_pass ${tls === 'upstream' ? 'https' : 'http'}://out;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;${tls === 'upstream' ? clientTls(folder) : ''}
    }
  }
}
`,
}
