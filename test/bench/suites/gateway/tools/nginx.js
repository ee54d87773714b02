/** nginx as a plain reverse proxy: one worker, connections kept on both sides. */

/**
 * @param {import('../gateways.js').Placement} placement
 * @param {string} folder
 */
export function setup({ port, upstreamPort }, folder) {
  return {
    args: (/** @type {string} */ file) => ['-c', file, '-p', folder, '-e', 'stderr'],
    config: `
      daemon off;
      worker_processes 1;
      pid nginx.pid;
      error_log stderr;
      events { worker_connections 1024; }
      http {
        access_log off;
        client_body_temp_path body;
        proxy_temp_path proxy;
        fastcgi_temp_path fastcgi;
        uwsgi_temp_path uwsgi;
        scgi_temp_path scgi;
        keepalive_requests 100000000;
        upstream orders {
          server 127.0.0.1:${upstreamPort};
          keepalive 100;
          keepalive_requests 100000000;
        }
        server {
          listen 127.0.0.1:${port};
          location / {
            proxy_pass http://orders;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Forwarded-Host $host;
          }
        }
      }`,
  }
}
