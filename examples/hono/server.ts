import { serve } from '@hono/node-server'
import { type SignedInEnv, signedIn } from '@sigil/verify/hono'
import { Hono } from 'hono'
import { verifier } from './verifier.ts'

const app = new Hono<SignedInEnv>()

app.get('/', (context) => context.json({ hello: 'stranger' }))

app.get('/me', signedIn(verifier), (context) => {
  const { userId, roles } = context.var.auth
  return context.json({ user_id: userId, roles })
})

app.get('/admin', signedIn(verifier, { role: 'admin' }), (context) =>
  context.json({ hello: 'administrator' }),
)

await verifier.ready()
const server = serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) }, ({ port }) => {
  console.log(`Listening on http://localhost:${port}`)
})
process.once('SIGTERM', () => {
  server.close()
  verifier.close()
})
