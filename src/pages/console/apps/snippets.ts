import type { App } from '#src/apps/app.ts'
import type { Settings } from '#src/settings/settings.ts'

type Snippet = {
  readonly title: 'snippet_environment' | 'snippet_token' | 'snippet_test'
  readonly code: string
}

/** Snippets for using an app. They contain the secret only right after it was created. */
export function snippetsOf({ publicUrl }: Settings, app: App, secret: string | undefined): Snippet[] {
  const shownSecret = secret ?? '…'
  const hasSecret = app.kind === 'web' || app.kind === 'machine'
  const environment = [
    `ISSUER=${publicUrl}`,
    `CLIENT_ID=${app.clientId}`,
    ...(hasSecret ? [`CLIENT_SECRET=${shownSecret}`] : []),
    ...app.redirectUris.slice(0, 1).map((uri) => `REDIRECT_URI=${uri}`),
  ]
  const result: Snippet[] = [{ title: 'snippet_environment', code: environment.join('\n') }]
  if (app.kind === 'machine')
    result.push({ title: 'snippet_token', code: tokenCall(publicUrl, app, shownSecret) })
  result.push({ title: 'snippet_test', code: `curl "${publicUrl}/.well-known/openid-configuration"` })
  return result
}

function tokenCall(publicUrl: string, { clientId, apis }: App, secret: string): string {
  const [api] = apis
  return [
    `curl "${publicUrl}/oauth/token" -u "${clientId}:${secret}"`,
    '-d grant_type=client_credentials',
    ...(api ? [`-d "resource=${api.audience}"`] : []),
    ...(api && api.scopes.length > 0 ? [`-d "scope=${api.scopes.join(' ')}"`] : []),
  ].join(' \\\n  ')
}
