import { join } from 'node:path'
import { copyOf, type Edits, runProxy, substitute } from '#test/deploy/run-proxy.ts'
import type { Ports } from '#test/deploy/site.ts'

/** Envoy with the file of deploy/envoy, without TLS as it is there. */
export async function runEnvoy(program: string, ports: Ports, edits?: Edits): Promise<void> {
  const file = join(copyOf('envoy', edits), 'envoy.yaml')
  const [sigil] = ports.sigil
  substitute(file, {
    'address: 0.0.0.0, port_value: 8080': `address: 127.0.0.1, port_value: ${ports.own}`,
    'port_value: 8000': `port_value: ${sigil}`,
    'port_value: 3000': `port_value: ${ports.app}`,
  })
  // Without hot restarts several can run in parallel, and with one thread it starts faster.
  const words = ['--config-path', file, '--disable-hot-restart', '--concurrency', '1']
  await runProxy(program, words, /starting main dispatch loop/)
}
