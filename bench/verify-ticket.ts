import { apiOf, password, signedUp } from '#bench/api.ts'
import { measure } from '#bench/measure.ts'
import { pipelined } from '#bench/pipeline.ts'
import { run, runCommand, runSigil } from '#bench/processes.ts'
import type { Row } from '#bench/row.ts'

const host = 'wiki.example.org'

/** `GET /.sigil/verify` with a cached ticket, as the proxy of an app on its own host sends it. */
export async function verifyTicketRow(rounds: number): Promise<Row> {
  const sigil = await runSigil({ SIGIL_TRUSTED_PROXIES: '127.0.0.1' })
  const api = apiOf(sigil.url)
  await signedUp(api, 'bench@example.org')
  runCommand(sigil, ['app', 'add', 'Wiki', '--kind', 'proxy', '--host', host, '--rule', '/admin=roles:admin'])
  const ticket = await ticketFrom(sigil.url)
  const named = {
    'x-forwarded-host': host,
    'x-forwarded-method': 'GET',
    'x-forwarded-uri': '/wiki/page?tab=1',
  }
  const answer = await fetch(`${sigil.url}/.sigil/verify`, { headers: { ...named, cookie: ticket } })
  if (answer.status !== 204) throw new Error(`The check returned status ${answer.status}`)
  const own = [...answer.headers].filter(([name]) =>
    /^(cache-control|x-auth-|x-content-type-options|content-security-policy)/.test(name),
  )
  const bare = await run('./bare-server.ts', [JSON.stringify(Object.fromEntries(own))])
  const head = [
    'GET /.sigil/verify HTTP/1.1',
    `Host: ${new URL(sigil.url).host}`,
    ...Object.entries(named).map(([name, value]) => `${name}: ${value}`),
    `Cookie: ${ticket}`,
  ]
  const request = `${head.join('\r\n')}\r\n\r\n`
  const way = { connections: 4, depth: 32 }
  const measured = await measure({
    rounds,
    limit: () => pipelined(bare.url, request, 700, way),
    ours: () => pipelined(sigil.url, request, 700, way),
  })
  api.close()
  await sigil.stop()
  await bare.stop()
  return {
    name: 'GET /.sigil/verify with a cached ticket, pipelined',
    beside: 'a bare node:http server with the same response',
    unit: '/s',
    measured,
    promised: { atLeast: 0.6 },
  }
}

/** The cookie of a browser that has signed in to the host. */
async function ticketFrom(url: string): Promise<string> {
  const go = (path: string, more: RequestInit = {}) => fetch(`${url}${path}`, { redirect: 'manual', ...more })
  const atHost = (path: string, cookie = '') => go(path, { headers: { 'x-forwarded-host': host, cookie } })
  const began = await atHost('/.sigil/sign-in')
  const form = new URLSearchParams({ login: 'bench@example.org', password, next: '' })
  const signedIn = await go('/sign-in', { method: 'POST', body: form })
  const visit = await go(pathOf(began), { headers: { cookie: cookiesOf(signedIn) } })
  return cookiesOf(await atHost(pathOf(visit), cookiesOf(began)))
}

function pathOf({ headers }: Response): string {
  const { pathname, search } = new URL(headers.get('location') ?? '')
  return pathname + search
}

function cookiesOf({ headers }: Response): string {
  return headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ')
}
