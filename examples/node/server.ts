import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { signedIn } from '@sigil/verify/node'
import { verifier } from './verifier.ts'

function answer(response: ServerResponse, body: object): void {
  response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
}

const me = signedIn(verifier, (_request: IncomingMessage, response: ServerResponse, { userId, roles }) =>
  answer(response, { user_id: userId, roles }),
)

const admin = signedIn(
  verifier,
  (_request: IncomingMessage, response: ServerResponse) => answer(response, { hello: 'administrator' }),
  { role: 'admin' },
)

const server = createServer((request, response) => {
  if (request.url === '/me') return me(request, response)
  if (request.url === '/admin') return admin(request, response)
  return answer(response, { hello: 'stranger' })
})

await verifier.ready()
server.listen(Number(process.env.PORT ?? 3000), () => {
  const address = server.address()
  console.log(`Listening on http://localhost:${typeof address === 'object' ? address?.port : address}`)
})
process.once('SIGTERM', () => {
  server.close()
  verifier.close()
})
