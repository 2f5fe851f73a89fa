import { apiOf, signedIn, signedUp } from '#bench/api.ts'
import { measure } from '#bench/measure.ts'
import { pipelined } from '#bench/pipeline.ts'
import { run, runSigil } from '#bench/processes.ts'
import type { Row } from '#bench/row.ts'

/**
 * `GET /verify` with a cached token, compared with a bare server that returns the same response: pipelined,
 * and as a proxy sends it, over 32 connections with one request at a time.
 */
export async function verifyRows(rounds: number): Promise<readonly Row[]> {
  const sigil = await runSigil()
  const api = apiOf(sigil.url)
  await signedUp(api, 'bench@example.org')
  const { access } = await signedIn(api, 'bench@example.org')
  const answer = await api.get('/api/v1/auth/verify', access)
  const own = Object.entries(answer.headers).filter(([name]) =>
    /^(cache-control|x-auth-|x-content-type-options|content-security-policy)/.test(name),
  )
  const bare = await run('./bare-server.ts', [JSON.stringify(Object.fromEntries(own))])
  const { host } = new URL(sigil.url)
  const head = ['GET /api/v1/auth/verify HTTP/1.1', `Host: ${host}`, `Authorization: Bearer ${access}`]
  const request = `${head.join('\r\n')}\r\n\r\n`
  const measuredBy = (way: { connections: number; depth: number }) =>
    measure({
      rounds,
      limit: () => pipelined(bare.url, request, 700, way),
      ours: () => pipelined(sigil.url, request, 700, way),
    })
  const inPipelines = await measuredBy({ connections: 4, depth: 32 })
  const byProxy = await measuredBy({ connections: 32, depth: 1 })
  api.close()
  await sigil.stop()
  await bare.stop()
  const row = { beside: 'a bare node:http server with the same response', unit: '/s' }
  const name = 'GET /verify with a cached token'
  return [
    { ...row, name: `${name}, pipelined`, measured: inPipelines, promised: { atLeast: 0.8 } },
    { ...row, name: `${name}, 32 connections`, measured: byProxy, promised: { atLeast: 0.8 } },
  ]
}
