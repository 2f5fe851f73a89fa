// A web app with Auth.js, which keeps the tokens in its encrypted session cookie and refreshes them as its guide to
// refresh token rotation does. Runs in a folder into which the test has installed @auth/core.
import { createServer } from 'node:http'
import { Auth, skipCSRFCheck } from '@auth/core'

const { ISSUER, CLIENT_ID, CLIENT_SECRET, COOKIE_SECRET, APP_URL } = process.env

const config = {
  basePath: '/auth',
  secret: COOKIE_SECRET,
  trustHost: true,
  skipCSRFCheck,
  providers: [
    {
      id: 'sigil',
      name: 'Sigil',
      type: 'oidc',
      issuer: ISSUER,
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      checks: ['pkce', 'state', 'nonce'],
    },
  ],
  callbacks: {
    async jwt({ token, account }) {
      if (account) return { ...token, sub: account.providerAccountId, account }
      return refreshed(token)
    },
    session: ({ session, token }) => ({ ...session, id: token.sub, idToken: token.account.id_token }),
  },
}

/** Auth.js removes the session if this returns null. */
async function refreshed(token) {
  const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token.account.refresh_token })
  const authorization = `Basic ${btoa(`${CLIENT_ID}:${CLIENT_SECRET}`)}`
  const answer = await fetch(`${ISSUER}/oauth/token`, { method: 'POST', body, headers: { authorization } })
  return answer.ok ? { ...token, account: { ...token.account, ...(await answer.json()) } } : null
}

const call = (path, headers, form) =>
  Auth(new Request(APP_URL + path, { headers, ...(form && { method: 'POST', body: new URLSearchParams(form) }) }), config)

async function answer({ method, url, headers: all }) {
  const headers = { cookie: all.cookie ?? '' }
  if (url.startsWith('/auth/')) return call(url, headers)
  if (url === '/sign-in') return call('/auth/signin/sigil', headers, { callbackUrl: `${APP_URL}/` })
  const reply = await call('/auth/session', headers)
  const session = await reply.json()
  if (url === '/sign-out' && method === 'POST') {
    const left = await call('/auth/signout', headers, { callbackUrl: `${APP_URL}/` })
    const query = new URLSearchParams({ id_token_hint: session.idToken, post_logout_redirect_uri: `${APP_URL}/` })
    return redirect(`${ISSUER}/oauth/logout?${query}`, left)
  }
  if (!session?.id) return redirect(`${APP_URL}/sign-in`, reply)
  return new Response(`Hello ${session.id}`, { headers: cookiesOf(reply) })
}

function cookiesOf(reply) {
  return reply.headers.getSetCookie().map((value) => ['set-cookie', value])
}

function redirect(location, reply) {
  return new Response(null, { status: 303, headers: [['location', location], ...cookiesOf(reply)] })
}

createServer(async (request, response) => {
  const reply = await answer(request)
  const cookies = reply.headers.getSetCookie()
  const headers = [...reply.headers].filter(([name]) => name !== 'set-cookie')
  response.writeHead(reply.status === 302 ? 303 : reply.status, [
    ...headers.flat(),
    ...cookies.flatMap((value) => ['set-cookie', value]),
  ])
  response.end(await reply.text())
}).listen(new URL(APP_URL).port)
