import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { copyOf, type Edits, runProxy, substitute } from '#test/deploy/run-proxy.ts'
import type { Ports } from '#test/deploy/site.ts'

/** Traefik with the files of deploy/traefik, without TLS. */
export async function runTraefik(program: string, ports: Ports, edits?: Edits): Promise<void> {
  const folder = copyOf('traefik', edits)
  const dynamic = join(folder, 'dynamic.yaml')
  const [sigil] = ports.sigil
  substitute(dynamic, {
    '      tls: {}\n': '',
    'Host(`auth.example.org`)': 'Host(`localhost`)',
    '127.0.0.1:8000': `127.0.0.1:${sigil}`,
    '127.0.0.1:3000': `127.0.0.1:${ports.app}`,
  })
  const main = join(folder, 'traefik.yaml')
  substitute(main, { '":443"': `127.0.0.1:${ports.own}`, '/etc/traefik/dynamic.yaml': dynamic })
  appendFileSync(main, 'log: { level: DEBUG, format: json }\n')
  await runProxy(program, [`--configfile=${main}`], /traefik-internal-recovery/)
  // It reports that before it applies its configuration, and does not report when it has applied it.
  while ((await fetch(`http://localhost:${ports.own}/healthz`)).status === 404);
}
