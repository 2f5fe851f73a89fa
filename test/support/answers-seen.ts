import { appendFileSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorCodes } from '#src/errors/error-codes.ts'
import type { Route } from '#src/http/mount.ts'
import { routes } from '#src/routes.ts'
import type { World } from '#src/world/world.ts'
import type { Answered } from '#test/support/openapi-document.ts'
import { sweeping } from '#test/support/sweeping.ts'

/**
 * Records which error codes and which successes of routes the tests of this process have received, in a
 * separate file in the folder. Without a folder nothing is recorded.
 */
export function openRecord(folder: string | undefined, testFile = process.argv[1] ?? '') {
  const seen = new Set<string>()
  const isSweeping = sweeping.test(testFile)
  return (method: string, target: string, reply: Answered) => {
    if (!folder) return
    const code = errorCodeIn(reply)
    const route = isSweeping ? undefined : succeededRoute(method, target, reply)
    for (const line of [code && `error ${code}`, route && `route ${nameOf(route)}`]) {
      if (!line || seen.has(line)) continue
      seen.add(line)
      appendFileSync(join(folder, `${process.pid}.txt`), `${line}\n`)
    }
  }
}

/** Results that tests check without recording them, and where. */
const unrecorded: Readonly<Record<string, string>> = {
  'error body_timeout': 'test/http/body-budget.test.ts, by a raw socket',
  'error too_many_bodies': 'test/http/body-budget.test.ts, by a raw socket',
  'error invalid_registration_token': 'test/oidc/registration.test.ts, as invalid_token',
  'error connected_elsewhere': 'test/sign-in/upstream-hostile.test.ts, as the text of a page',
  'route POST /admin/setup': 'test/pages/console/setup.test.ts: success also redirects to the sign-in page',
}

/** The error codes that no test has received, and the routes that have not succeeded in any. */
export function unseenIn(folder: string): string[] {
  const files = globSync('*.txt', { cwd: folder }).map((file) => readFileSync(join(folder, file), 'utf8'))
  const seen = new Set([...files.flatMap((text) => text.split('\n')), ...Object.keys(unrecorded)])
  const codes = Object.keys(errorCodes).filter((code) => !seen.has(`error ${code}`))
  const silent = routes.map(nameOf).filter((name) => !seen.has(`route ${name}`))
  return [
    ...codes.map((code) => `No test receives the error ${code}.`),
    ...silent.map((name) => `No test sees ${name} succeed.`),
  ]
}

function errorCodeIn({ status, text, headers }: Answered): string | undefined {
  if (status < 400) return undefined
  const type = headers['content-type'] ?? ''
  if (type.startsWith('text/html')) return /href="\/docs\/errors\/(\w+)"/.exec(text)?.[1]
  // OAuth endpoints return their own names, some of which are also the name of a code.
  const oauthName = type === 'application/json' ? /^\{"error":"(\w+)"/.exec(text)?.[1] : undefined
  if (oauthName) return oauthName in errorCodes && oauthName !== 'invalid_request' ? oauthName : undefined
  return /"code":"(\w+)","request_id"/.exec(text)?.[1]
}

const patterns = routes.map((route) => {
  const path = route.path.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll(/:\w+/g, '[^/]+')
  return { route, pattern: new RegExp(`^${path}$`) }
})

function succeededRoute(method: string, target: string, { status, headers }: Answered) {
  const [path = ''] = target.split(/[?#]/)
  const found = patterns.find(
    ({ route, pattern }) => (route.method === 'ALL' || route.method === method) && pattern.test(path),
  )
  const { location = '' } = headers
  // Signing out leads to the same page, but clears cookies.
  const isRejectedForm = method === 'POST' && location === '/sign-in' && !headers['set-cookie']
  const isSentToSignIn = isRejectedForm || location.startsWith('/sign-in?next=')
  return found && !isSentToSignIn && status in found.route.endpoint.responses ? found.route : undefined
}

function nameOf({ method, path }: Route<World>): string {
  return `${method} ${path}`
}
