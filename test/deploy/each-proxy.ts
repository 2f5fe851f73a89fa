import { test } from 'node:test'
import { runCaddy } from '#test/deploy/caddy.ts'
import { runEnvoy } from '#test/deploy/envoy.ts'
import { runNginx } from '#test/deploy/nginx.ts'
import type { Edits } from '#test/deploy/run-proxy.ts'
import type { Ports } from '#test/deploy/site.ts'
import { runTraefik } from '#test/deploy/traefik.ts'
import { programOrSkip } from '#test/support/programs.ts'

const runs = { nginx: runNginx, caddy: runCaddy, envoy: runEnvoy, traefik: runTraefik }

export type ProxyName = keyof typeof runs

/** Starts the proxy with its files in deploy/, changed by `edits`. */
export type RunProxy = (ports: Ports, edits?: Edits) => Promise<unknown>

/** One test for each proxy. */
export function eachProxy(does: string, body: (run: RunProxy, proxy: ProxyName) => Promise<void>): void {
  for (const proxy of ['nginx', 'caddy', 'envoy', 'traefik'] as const) {
    test(`${proxy} ${does}`, async (t) => {
      const program = programOrSkip(proxy, t)
      if (program === undefined) return
      await body((ports, edits) => runs[proxy](program, ports, edits), proxy)
    })
  }
}
