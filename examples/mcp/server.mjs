import { createServer } from 'node:http'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { createVerifier, protectedResource } from '@sigil/verify'
import { signedIn } from '@sigil/verify/node'

const { PORT = '3000', SIGIL_ISSUER: issuer = 'http://localhost:8000', SIGIL_VERIFIER_KEY: key = '' } = process.env
const resource = process.env.MCP_URL ?? `http://localhost:${PORT}/mcp`
const verifier = createVerifier({ issuer, audience: resource, key, cookie: false })
await verifier.ready()

async function answer(request, response, token) {
  const server = new McpServer({ name: 'notes', version: '1.0.0' })
  const description = 'Returns the id of the user who is signed in.'
  server.registerTool('whoami', { description }, () => ({ content: [{ type: 'text', text: token.userId }] }))
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined })
  await server.connect(transport)
  await transport.handleRequest(request, response)
}

const scope = 'notes:read'
const options = { resource: protectedResource({ resource, issuer, scopes: [scope] }), scope }
createServer(signedIn(verifier, answer, options)).listen(PORT, () => console.log(`Listening at ${resource}`))
