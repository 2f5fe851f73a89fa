import { join } from 'node:path'
import { copyOf, type Edits, runProxy, substitute } from '#test/deploy/run-proxy.ts'
import type { Ports } from '#test/deploy/site.ts'

/** Caddy with the file of deploy/caddy, without a certificate. */
export async function runCaddy(program: string, ports: Ports, edits?: Edits): Promise<void> {
  const folder = copyOf('caddy', edits)
  const file = join(folder, 'Caddyfile')
  const [sigil] = ports.sigil
  substitute(file, {
    'auth.example.org {': `{\n\tadmin off\n\tdefault_bind 127.0.0.1\n}\nhttp://:${ports.own} {`,
    '127.0.0.1:8000': `127.0.0.1:${sigil}`,
    '127.0.0.1:3000': `127.0.0.1:${ports.app}`,
  })
  const words = ['run', '--config', file, '--adapter', 'caddyfile']
  await runProxy(program, words, /serving initial configuration/, { HOME: folder })
}
