import { asset, seeOther } from '#src/http/answer.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { hereOf } from '#src/pages/next.ts'
import type { World } from '#src/world/world.ts'

/** Redirects from a URL that people and browsers guess to the real one, with the query. */
function leadTo(path: string) {
  return endpoint({
    summary: `Redirects to \`${path}\`.`,
    responses: { 303: null },
    errors: [],
    handle: (_world: World, { query }) => seeOther(hereOf({ path, query })),
  })
}

export const leadToSignIn = leadTo('/sign-in')
export const leadToSignUp = leadTo('/sign-up')
export const leadToSignOut = leadTo('/sign-out')
export const leadToConsole = leadTo('/admin')
export const leadToAccount = leadTo('/account')
export const leadToReference = leadTo('/docs')

export const favicon = endpoint({
  summary: 'Redirects to the icon.',
  responses: { 303: null },
  errors: [],
  handle: (_world: World, { site }) => seeOther(site.icon),
})

export const robots = endpoint({
  summary: 'Instructs search engines not to index anything.',
  responses: { 200: null },
  errors: [],
  handle: () =>
    asset('text/plain; charset=utf-8', 'User-agent: *\nDisallow: /\n', {
      'cache-control': 'public, max-age=86400',
      'x-content-type-options': 'nosniff',
    }),
})
