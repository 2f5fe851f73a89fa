import { createSignIn } from '@sigil/verify/sign-in'

const { ISSUER, CLIENT_ID, CLIENT_SECRET, COOKIE_SECRET, APP_URL = 'http://localhost:3000' } = process.env

// In one place for all bundles of Next.js. In production, keep sessions in your database instead.
const kept = (globalThis.sessions ??= new Map())

/** With a store, because a server component cannot set the cookie of refreshed tokens. */
export const auth = createSignIn({
  issuer: ISSUER,
  clientId: CLIENT_ID,
  clientSecret: CLIENT_SECRET,
  cookieSecret: COOKIE_SECRET,
  appUrl: APP_URL,
  store: {
    get: (key) => kept.get(key),
    set: (key, value) => kept.set(key, value),
    delete: (key) => kept.delete(key),
  },
})

/** For server components and server actions: `await currentSession(await headers())`. */
export async function currentSession(headers) {
  return (await auth.session(new Request(APP_URL, { headers }))).session
}
