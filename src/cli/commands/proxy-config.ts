import type { App } from '#src/apps/app.ts'

/** The part of each proxy's configuration that is specific to one app. The rest is in deploy/. */
export type ProxyConfig = Readonly<Record<'nginx' | 'caddy' | 'traefik' | 'envoy', string>>

const middlewares = 'own-host-no-store, own-host-drop-forged, own-host-ticket, own-host-drop-cookies'

/** The blocks of `deploy/PROXY/own-host.*` for an app, which is assumed to run at 127.0.0.1:3000. */
export function proxyConfigOf({ name, site }: Pick<App, 'name' | 'site'>): ProxyConfig {
  const hosts = site?.hosts ?? []
  const label =
    name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, '') || 'app'
  return {
    nginx: nginxOf(hosts),
    caddy: `${hosts.join(', ')} {\n\timport sigil_own_host 127.0.0.1:3000\n}`,
    traefik: traefikOf(hosts, label),
    envoy: `domains: [${hosts.map((host) => `"${host}"`).join(', ')}]`,
  }
}

function nginxOf(hosts: readonly string[]): string {
  const names = [...new Set(hosts.map(nameOf))]
  const ports = [...new Set(hosts.map(portOf))]
  const listens = ports.flatMap((port) => [`  listen ${port} ssl;`, `  listen [::]:${port} ssl;`])
  const certificates = `/etc/letsencrypt/live/${names[0]}`
  return `server {
${listens.join('\n')}
  server_name ${names.join(' ')};
  ssl_certificate ${certificates}/fullchain.pem;
  ssl_certificate_key ${certificates}/privkey.pem;
  ssl_protocols TLSv1.2 TLSv1.3;

  include own-host-server.conf;

  location / {
    include own-host-app.conf;
    proxy_pass http://127.0.0.1:3000;
  }
}`
}

function traefikOf(hosts: readonly string[], label: string): string {
  const rule = hosts.map((host) => `Host(\`${nameOf(host)}\`)`).join(' || ')
  return `    ${label}:
      rule: ${rule}
      service: ${label}
      middlewares: [${middlewares}]
      tls: {}
    # and under services:
    ${label}:
      loadBalancer:
        servers:
          - url: http://127.0.0.1:3000`
}

function nameOf(host: string): string {
  return host.replace(/:\d+$/, '')
}

function portOf(host: string): string {
  return /:(\d+)$/.exec(host)?.[1] ?? '443'
}

const titles = { nginx: 'nginx', caddy: 'Caddy', traefik: 'Traefik', envoy: 'Envoy' } as const

const files = {
  nginx: 'deploy/nginx/own-host.conf',
  caddy: 'deploy/caddy/own-host.Caddyfile',
  traefik: 'deploy/traefik/own-host.yaml',
  envoy: 'deploy/envoy/own-host.yaml',
} as const

/** The same for people. */
export function proxyConfigLines(config: ProxyConfig): string[] {
  const names = ['nginx', 'caddy', 'traefik', 'envoy'] as const
  return names.flatMap((proxy) => {
    // Lines that are printed show tabs as escapes, and a Caddyfile may be indented with spaces.
    const lines = config[proxy].replaceAll('\t', '  ').split('\n')
    const block = lines.map((line) => (line === '' ? '' : `  ${line}`))
    return ['', `${titles[proxy]}, in a copy of ${files[proxy]}:`, '', ...block]
  })
}
