import { z } from 'zod'
import { seeOther } from '#src/http/answer.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { byAddress } from '#src/limits/by-address.ts'
import { flashMessage } from '#src/pages/flash.ts'
import { Typed, TypedPassword } from '#src/pages/form.ts'
import { safeNext } from '#src/pages/next.ts'
import { problemsOf } from '#src/pages/problems.ts'
import { goOn, proceedOnPage, trySignIn } from '#src/pages/sign-in/enter.ts'
import { signInPage } from '#src/pages/sign-in/sign-in-form.ts'
import { textsFor } from '#src/pages/texts.ts'
import type { World } from '#src/world/world.ts'

export const showStart = endpoint({
  summary: 'Leads to my own page, or to the sign-in page.',
  responses: { 303: null },
  errors: [],
  handle: (_world: World, { caller }) => seeOther(caller ? '/account' : '/sign-in'),
})

export const showSignIn = endpoint({
  summary: 'The sign-in page. Who is signed in goes on to `next` with a renewed access token.',
  query: z.object({ next: z.unknown().optional(), said: z.unknown().optional() }),
  responses: { 200: null, 303: null },
  errors: [],
  handle: async (world: World, call) => {
    const next = safeNext(world.settings.publicUrl, call.query.next)
    if (call.caller) return goOn(world, call, next)
    const said = flashMessage(textsFor(call.language), call.query.said)
    return signInPage(world, call, { typed: { login: '' }, next, said, problems: undefined })
  },
})

export const sendSignIn = endpoint({
  summary: 'Signs in on the page, with a page session of its own.',
  body: z.object({ login: Typed, password: TypedPassword, next: Typed }),
  responses: { 303: null },
  errors: ['wrong_credentials', 'too_many_attempts', 'busy', 'too_many_requests'],
  limit: byAddress('signin'),
  handle: async (world: World, call) => {
    const { login, password } = call.body
    const next = safeNext(world.settings.publicUrl, call.body.next)
    const tried = await trySignIn(world, call, { login, password })
    if (tried.kind === 'done') return proceedOnPage(world, call, { result: tried.value, next })
    const problems = problemsOf(textsFor(call.language), tried.refusal)
    return signInPage(world, call, { typed: { login }, next, said: undefined, problems })
  },
})
