import { serve } from '@hono/node-server'
import { createSignIn } from '@sigil/verify/sign-in'
import { Hono } from 'hono'

const { ISSUER, CLIENT_ID, CLIENT_SECRET, COOKIE_SECRET, APP_URL = 'http://localhost:3000' } = process.env
const auth = createSignIn({
  issuer: ISSUER,
  clientId: CLIENT_ID,
  clientSecret: CLIENT_SECRET,
  cookieSecret: COOKIE_SECRET,
  appUrl: APP_URL,
})
const home = auth.signedIn((request, { user }) => {
  const form = '<form method="post" action="/sign-out"><button>Sign out</button></form>'
  return new Response(`Hello ${user.id} ${form}`, { headers: { 'content-type': 'text/html' } })
})

const app = new Hono()
app.get('/sign-in', (context) => auth.signIn(context.req.raw))
app.get('/callback', (context) => auth.callback(context.req.raw))
app.post('/sign-out', (context) => auth.signOut(context.req.raw))
app.get('/', (context) => home(context.req.raw))
serve({ fetch: app.fetch, port: Number(new URL(APP_URL).port) }, () => console.log(APP_URL))
