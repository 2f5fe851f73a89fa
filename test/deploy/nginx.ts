import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { copyOf, type Edits, runProxy, substitute } from '#test/deploy/run-proxy.ts'
import type { Ports } from '#test/deploy/site.ts'
import { freePort } from '#test/support/free-port.ts'

type Nginx = {
  /** A port that serves the same app without our files. */
  readonly unprotected: number
  /** Its output so far. */
  readonly log: () => string
}

/**
 * nginx with the files of deploy/nginx, inside an http block that caches everything it can, shared by all
 * clients.
 */
export function runNginx(program: string, ports: Ports, edits?: Edits): Promise<Nginx> {
  return runIn(copyOf('nginx', edits), program, ports)
}

/** The same with a mistake in site.conf. */
export function runNginxWith(
  mistake: Readonly<Record<string, string>>,
  program: string,
  ports: Ports,
): Promise<Nginx> {
  return runIn(copyOf('nginx', { 'site.conf': mistake }), program, ports)
}

async function runIn(folder: string, program: string, ports: Ports): Promise<Nginx> {
  const nodes = ports.sigil.map((port) => `server 127.0.0.1:${port};`).join(' ')
  substitute(join(folder, 'upstreams.conf'), {
    'server 127.0.0.1:8000;': nodes,
    '127.0.0.1:3000': `127.0.0.1:${ports.app}`,
  })
  writeFileSync(join(folder, 'listen.conf'), `listen 127.0.0.1:${ports.own};\n`)
  const unprotected = await freePort()
  const main = join(folder, 'nginx.conf')
  writeFileSync(main, mainFile(folder, unprotected))
  const log = await runProxy(program, ['-e', 'stderr', '-p', folder, '-c', main], /\[notice\].* OS: /)
  return { unprotected, log }
}

/** A single process, because a test cannot end the children of a killed child. */
function mainFile(folder: string, unprotected: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((what) => `${what}_temp_path ${folder}/${what};`)
    .join('\n')
  return `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr notice;
events {}
http {
  access_log off;
  ${temporary}
  proxy_cache_path ${folder}/cache keys_zone=everybody:1m;
  proxy_cache everybody;
  proxy_cache_key $request_uri;
  proxy_cache_valid any 1h;
  proxy_ignore_headers Cache-Control Expires Set-Cookie Vary;
  include upstreams.conf;
  include site.conf;
  server {
    listen 127.0.0.1:${unprotected};
    location / {
      proxy_pass http://app;
      proxy_set_header X-Auth-Username $http_x_auth_username;
    }
  }
}
`
}
