import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createVerifier } from '@sigil/verify'
import { signedIn } from '@sigil/verify/node'

const { ISSUER, CLIENT_ID, API_AUDIENCE, SIGIL_VERIFIER_KEY, APP_URL = 'http://localhost:3000' } = process.env
const verifier = createVerifier({ issuer: ISSUER, audience: API_AUDIENCE, key: SIGIL_VERIFIER_KEY })
const me = signedIn(verifier, (request, response, { userId }) => response.end(userId))
const client = new URL('.', import.meta.resolve('@sigil/client'))

createServer((request, response) => {
  const { pathname } = new URL(request.url, APP_URL)
  const [, file] = /^\/client\/([a-z-]+\.js)$/.exec(pathname) ?? []
  const send = (type, body) => response.setHeader('content-type', type).end(body)
  if (pathname === '/api/me') me(request, response)
  else if (pathname === '/settings.json') send('application/json', JSON.stringify({ issuer: ISSUER, clientId: CLIENT_ID }))
  else if (file) send('text/javascript', readFileSync(new URL(file, client)))
  else send('text/html; charset=utf-8', readFileSync(new URL('index.html', import.meta.url)))
}).listen(new URL(APP_URL).port)
await verifier.ready()
console.log(APP_URL)
