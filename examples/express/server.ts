import { signedIn, tokenOf } from '@sigil/verify/express'
import express from 'express'
import { verifier } from './verifier.ts'

const app = express()

app.get('/', (_request, response) => {
  response.json({ hello: 'stranger' })
})

app.get('/me', signedIn(verifier), (request, response) => {
  const { userId, roles } = tokenOf(request)
  response.json({ user_id: userId, roles })
})

app.get('/admin', signedIn(verifier, { role: 'admin' }), (_request, response) => {
  response.json({ hello: 'administrator' })
})

await verifier.ready()
const server = app.listen(Number(process.env.PORT ?? 3000), () => {
  const address = server.address()
  console.log(`Listening on http://localhost:${typeof address === 'object' ? address?.port : address}`)
})
process.once('SIGTERM', () => {
  server.close()
  verifier.close()
})
