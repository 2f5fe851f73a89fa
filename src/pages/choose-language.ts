import { z } from 'zod'
import { chooseLanguageOf } from '#src/accounts/choose-language.ts'
import { seeOther, withCookies } from '#src/http/answer.ts'
import { setCookie } from '#src/http/cookies.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { text } from '#src/http/text.ts'
import { Typed } from '#src/pages/form.ts'
import { safeNext } from '#src/pages/next.ts'
import { isSecure } from '#src/tokens/pair-answer.ts'
import type { World } from '#src/world/world.ts'

const yearSeconds = 365 * 24 * 60 * 60

const Back = text({ min: 0, max: 4000 })

export const chooseLanguage = endpoint({
  summary:
    'Stores the chosen language in a cookie and returns to the page, with what was typed there except ' +
    'passwords. Emails to a signed-in user follow it.',
  query: z.object({ back: Back.optional().catch(undefined) }),
  body: z.object({
    language: z.enum(['en', 'ru']),
    back: Back.default(''),
    login: Typed,
    email: Typed,
    next: Typed,
  }),
  responses: { 303: null },
  errors: [],
  handle: async (world: World, { query, body, caller }) => {
    const { language } = body
    if (caller) await chooseLanguageOf(world, { userId: caller.userId, language })
    const back = safeNext(world.settings.publicUrl, query.back ?? body.back) ?? '/'
    return withCookies(seeOther(withTyped(back, body)), [
      setCookie('language', language, yearSeconds, isSecure(world)),
    ])
  },
})

type Kept = 'login' | 'email' | 'next'

/** What the pages with a form for visitors take in their query. */
const keptBy: Readonly<Record<string, readonly Kept[]>> = {
  '/sign-in': ['login', 'next'],
  '/sign-up': ['email', 'next'],
  '/forgot-password': ['email'],
}

function withTyped(back: string, typed: Readonly<Record<Kept, string>>): string {
  const [path = '', search = ''] = back.split('?')
  const kept = (keptBy[path] ?? []).filter((name) => typed[name] !== '')
  if (kept.length === 0) return back
  const query = new URLSearchParams(search)
  for (const name of kept) query.set(name, typed[name])
  return `${path}?${query}`
}
