import { signedIn, tokenOf } from '@sigil/verify/fastify'
import Fastify from 'fastify'
import { verifier } from './verifier.ts'

const app = Fastify()

app.get('/', () => ({ hello: 'stranger' }))

app.get('/me', { onRequest: signedIn(verifier) }, (request) => {
  const { userId, roles } = tokenOf(request)
  return { user_id: userId, roles }
})

app.get('/admin', { onRequest: signedIn(verifier, { role: 'admin' }) }, () => ({ hello: 'administrator' }))

await verifier.ready()
const url = await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT ?? 3000) })
console.log(`Listening on ${url}`)
process.once('SIGTERM', () => {
  app.close()
  verifier.close()
})
