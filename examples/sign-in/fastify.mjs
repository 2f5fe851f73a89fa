import { nodeSignIn } from '@sigil/verify/sign-in'
import Fastify from 'fastify'

const { ISSUER, CLIENT_ID, CLIENT_SECRET, COOKIE_SECRET, APP_URL = 'http://localhost:3000' } = process.env
const auth = nodeSignIn({
  issuer: ISSUER,
  clientId: CLIENT_ID,
  clientSecret: CLIENT_SECRET,
  cookieSecret: COOKIE_SECRET,
  appUrl: APP_URL,
})

// The handlers write to Node's own response.
const raw = (handler) => (request, reply) => {
  reply.hijack()
  return handler(request.raw, reply.raw)
}

const app = Fastify()
app.addContentTypeParser('application/x-www-form-urlencoded', (request, body, done) => done(null))
app.get('/sign-in', raw(auth.signIn))
app.get('/callback', raw(auth.callback))
app.post('/sign-out', raw(auth.signOut))
app.get('/', async (request, reply) => {
  const session = await auth.session(request.raw, reply.raw)
  if (!session) return reply.redirect('/sign-in?return_to=/', 303)
  reply.type('text/html')
  return `Hello ${session.user.id} <form method="post" action="/sign-out"><button>Sign out</button></form>`
})
await app.listen({ port: Number(new URL(APP_URL).port) })
console.log(APP_URL)
