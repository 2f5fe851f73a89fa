import * as read from '#src/settings/readers.ts'
import type { SettingRow } from '#src/settings/setting-row.ts'

/** How the server runs and is reached. */
export const serverRows = {
  host: {
    read: read.host,
    // A development server is private. A container publishes its port itself.
    default: { development: '127.0.0.1', production: '0.0.0.0' },
    secret: false,
    description: 'IP address or host name to listen on. In development only this machine can connect.',
    example: '0.0.0.0',
  },
  port: {
    read: read.port,
    default: '8000',
    secret: false,
    description: 'Port to listen on. 0 chooses a free port.',
    example: '8000',
  },
  publicUrl: {
    read: read.publicUrl,
    default: { development: 'http://localhost:{SIGIL_PORT}', production: undefined },
    secret: false,
    description: 'Origin at which browsers and clients reach the server. It is also the issuer in tokens.',
    example: 'https://auth.example.org',
  },
  dataDir: {
    read: read.folder,
    default: './data',
    secret: false,
    description: 'Folder of the embedded database and of the keys that are created at first start.',
    example: '/var/lib/sigil',
  },
  trustedProxies: {
    read: read.trustedProxies,
    default: '',
    secret: false,
    description: 'Proxies whose X-Forwarded-For header is trusted: IP addresses or ranges.',
    example: '10.0.0.0/8,fd00::/8',
  },
  corsOrigins: {
    read: read.origins,
    default: '',
    secret: false,
    description:
      'Origins whose pages may call the API (CORS), such as single-page apps (SPAs): same-site ones with ' +
      'cookies, others with Bearer tokens.',
    example: 'https://app.example.org',
  },
  drainDelayMs: {
    read: read.duration('0s', '5m'),
    // Kubernetes and balancers keep sending requests for some seconds after a SIGTERM.
    default: { development: '0s', production: '5s' },
    secret: false,
    description: 'How long a server still accepts requests after SIGTERM, so that balancers can switch.',
    example: '5s',
  },
  logLevel: {
    read: read.oneOf('debug', 'info', 'warn', 'error', 'fatal'),
    default: 'info',
    secret: false,
    description: 'Minimum log level.',
    example: 'info',
  },
  accessLog: {
    read: read.oneOf('on', 'off'),
    default: { development: 'on', production: 'off' },
    secret: false,
    description: 'Whether every request is logged: method, route, status, duration and user id, no query.',
    example: 'on',
  },
  metricsAllow: {
    read: read.cidrs,
    default: '',
    secret: false,
    description: 'IP addresses or ranges that may read /metrics, in addition to this machine.',
    example: '10.0.0.0/8',
  },
  securityContact: {
    read: read.contact.optional(),
    default: undefined,
    secret: false,
    description:
      'Contact for vulnerability reports in /.well-known/security.txt. Without it the file does not exist.',
    example: 'security@example.org',
  },
  auditRetentionMs: {
    read: read.duration('1d', '3650d'),
    default: '365d',
    secret: false,
    description: 'How long events stay in the audit log. `sigil audit export` copies them to a file.',
    example: '730d',
  },
} satisfies Record<string, SettingRow>
