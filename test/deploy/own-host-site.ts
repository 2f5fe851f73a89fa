import assert from 'node:assert/strict'
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { ProxyName } from '#test/deploy/each-proxy.ts'
import { type ProtectedApp, startApp } from '#test/deploy/protected-app.ts'
import { copyOf, runProxy, substitute } from '#test/deploy/run-proxy.ts'
import { registerSite, trusting } from '#test/support/app-host.ts'
import { locationOf } from '#test/support/app-sign-in.ts'
import { browserAt, type Client, type Reply } from '#test/support/client.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'
import { freePort } from '#test/support/free-port.ts'
import { programOrSkip } from '#test/support/programs.ts'
import { startServer, type TestServer } from '#test/support/server.ts'

type Ports = { readonly own: number; readonly sigil: string; readonly app: number }

/** An app on `localhost`, behind a proxy, and Sigil on another port. */
export type OwnHostSite = {
  readonly url: string
  readonly port: number
  readonly clientId: string
  readonly sigil: TestServer
  readonly app: ProtectedApp
}

const rules = { '/public': 'public', '/admin': 'roles:admin', '/money': 'aal2' }

/** One test for each proxy, with the files `own-host.*` of deploy/. `toApp` is the port of another app. */
export function eachOwnHost(
  does: string,
  body: (site: OwnHostSite, proxy: ProxyName) => Promise<void>,
  { toApp, allowsPreflight = true }: { toApp?: () => Promise<number>; allowsPreflight?: boolean } = {},
): void {
  for (const proxy of ['nginx', 'caddy', 'envoy', 'traefik'] as const) {
    test(`${proxy}, for an app on its own host, ${does}`, async (t) => {
      const program = programOrSkip(proxy, t)
      if (program === undefined) return
      const sigil = await startServer(await freshDatabaseUrl('sqlite'), trusting)
      const own = await freePort()
      const app = await startApp()
      await runs[proxy](program, {
        own,
        sigil: new URL(sigil.url).port,
        app: toApp ? await toApp() : app.port,
      })
      const hosts = [`localhost:${own}`]
      const registered = await registerSite(sigil.world, { hosts, rules, allowsPreflight })
      const { clientId } = registered.app
      await body({ url: `http://localhost:${own}`, port: own, clientId, sigil, app }, proxy)
    })
  }
}

const runs = { nginx: runNginxOwnHost, caddy: runCaddy, envoy: runEnvoy, traefik: runTraefik }

export async function runNginxOwnHost(program: string, { own, sigil, app }: Ports): Promise<void> {
  const folder = copyOf('nginx', {
    'own-host.conf': {
      '  listen 443 ssl;\n  listen [::]:443 ssl;\n': `  listen 127.0.0.1:${own};\n`,
      '  ssl_certificate /etc/letsencrypt/live/app.example.org/fullchain.pem;\n': '',
      '  ssl_certificate_key /etc/letsencrypt/live/app.example.org/privkey.pem;\n': '',
      'server_name app.example.org': 'server_name localhost',
      '127.0.0.1:3000': `127.0.0.1:${app}`,
    },
    'upstreams.conf': { '127.0.0.1:8000': `127.0.0.1:${sigil}` },
  })
  const main = join(folder, 'nginx.conf')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (what) => `${what}_temp_path ${folder}/${what};`,
  )
  writeFileSync(
    main,
    `daemon off; master_process off; pid ${folder}/nginx.pid; error_log stderr notice;
events {}
http {
  access_log off;
  ${temporary.join('\n')}
  proxy_cache_path ${folder}/cache keys_zone=everybody:1m;
  proxy_cache everybody;
  proxy_cache_key $request_uri;
  proxy_cache_valid any 1h;
  proxy_ignore_headers Cache-Control Expires Set-Cookie Vary;
  include upstreams.conf;
  include own-host.conf;
}
`,
  )
  await runProxy(program, ['-e', 'stderr', '-p', folder, '-c', main], /\[notice\].* OS: /)
}

async function runCaddy(program: string, { own, sigil, app }: Ports): Promise<void> {
  const folder = copyOf('caddy')
  const file = join(folder, 'own-host.Caddyfile')
  substitute(file, {
    '(sigil_own_host) {': `{\n\tadmin off\n\tdefault_bind 127.0.0.1\n}\n(sigil_own_host) {`,
    'app.example.org {': `http://localhost:${own} {`,
    '127.0.0.1:8000': `127.0.0.1:${sigil}`,
    '127.0.0.1:3000': `127.0.0.1:${app}`,
  })
  const words = ['run', '--config', file, '--adapter', 'caddyfile']
  await runProxy(program, words, /serving initial configuration/, { HOME: folder })
}

async function runEnvoy(program: string, { own, sigil, app }: Ports): Promise<void> {
  const file = join(copyOf('envoy'), 'own-host.yaml')
  substitute(file, {
    'address: 0.0.0.0, port_value: 8080': `address: 127.0.0.1, port_value: ${own}`,
    'domains: ["app.example.org"]': `domains: ["localhost:${own}"]`,
    'port_value: 8000': `port_value: ${sigil}`,
    'port_value: 3000': `port_value: ${app}`,
  })
  const words = ['--config-path', file, '--disable-hot-restart', '--concurrency', '1']
  await runProxy(program, words, /starting main dispatch loop/)
}

async function runTraefik(program: string, { own, sigil, app }: Ports): Promise<void> {
  const folder = copyOf('traefik')
  const dynamic = join(folder, 'own-host.yaml')
  substitute(dynamic, {
    '      tls: {}\n': '',
    'Host(`app.example.org`)': 'Host(`localhost`)',
    '127.0.0.1:8000': `127.0.0.1:${sigil}`,
    '127.0.0.1:3000': `127.0.0.1:${app}`,
  })
  const main = join(folder, 'traefik.yaml')
  substitute(main, { '":443"': `127.0.0.1:${own}`, '/etc/traefik/dynamic.yaml': dynamic })
  appendFileSync(main, 'log: { level: DEBUG, format: json }\n')
  await runProxy(program, [`--configfile=${main}`], /traefik-internal-recovery/)
  // It reports that before it applies its configuration, and does not report when it has applied it.
  while (!(await isAnsweredBySigil(`http://localhost:${own}/`)));
}

/** Before its router exists, Traefik itself responds with a 404. */
async function isAnsweredBySigil(url: string): Promise<boolean> {
  const { headers } = await fetch(url)
  return headers.get('content-type') === 'application/problem+json'
}

export const navigating = { accept: 'text/html', 'sec-fetch-mode': 'navigate' }

/** Opens a page of the app as a person does, through the sign-in of Sigil. */
export async function opened(
  site: OwnHostSite,
  browser: Client,
  atSigil: Client,
  path: string,
): Promise<Reply> {
  let reply = await browser.get(path, { headers: navigating })
  for (let hops = 0; hops < 8; hops++) {
    if (reply.status < 300 && reply.headers.refresh === undefined) return reply
    const url = new URL(locationOf(reply), reply.headers.refresh ? site.sigil.url : site.url)
    const isAtApp = url.origin === site.url
    reply = await (isAtApp ? browser : atSigil).get(url.pathname + url.search, { headers: navigating })
  }
  assert.fail(`The browser does not arrive at ${path}`)
}

/** The state of a browser at the app. */
export function browserOf({ url }: OwnHostSite): Client {
  return browserAt(url)
}
