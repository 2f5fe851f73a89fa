import type { Route } from '#src/http/mount.ts'
import { titleOf } from '#src/reference/call-list.ts'
import { groups, operationsOf } from '#src/reference/operation.ts'
import type { World } from '#src/world/world.ts'

/** An index of the API for language models, as llmstxt.org describes it. */
export function llmsTxt(routes: readonly Route<World>[], site: { name: string; url: string }): string {
  const operations = operationsOf(routes).filter(
    ({ route, method }) => route.method !== 'ALL' || method === 'GET',
  )
  const sections = Object.entries(groups).map(([group, about]) => {
    const lines = operations
      .filter((operation) => operation.group === group)
      .map(
        ({ id, method, address, route }) =>
          `- [${method} ${address}](${site.url}/docs#${id}): ${route.endpoint.summary}`,
      )
    return [`## ${titleOf(group)}`, '', about, '', ...lines].join('\n')
  })
  return [
    `# ${site.name}`,
    '',
    '> An authentication server: sign-up, sign-in, sessions, two-step verification, passkeys, OAuth and ' +
      'OpenID Connect.',
    '',
    `- [OpenAPI 3.1](${site.url}/openapi.json): every call with its schemas and errors`,
    `- [Errors](${site.url}/docs/errors): every error code and how to handle it`,
    `- [Keys](${site.url}/.well-known/jwks.json): verify access tokens, and poll for revocations`,
    '',
    sections.join('\n\n'),
    '',
  ].join('\n')
}
