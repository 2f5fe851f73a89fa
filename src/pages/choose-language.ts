import { z } from 'zod'
import { chooseLanguageOf } from '#src/accounts/choose-language.ts'
import { seeOther, withCookies } from '#src/http/answer.ts'
import { setCookie } from '#src/http/cookies.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { text } from '#src/http/text.ts'
import { safeNext } from '#src/pages/next.ts'
import { isSecure } from '#src/tokens/pair-answer.ts'
import type { World } from '#src/world/world.ts'

const yearSeconds = 365 * 24 * 60 * 60

export const chooseLanguage = endpoint({
  summary:
    'Stores the chosen language in a cookie and returns to the page. Emails to a signed-in user follow it.',
  body: z.object({ language: z.enum(['en', 'ru']), back: text({ min: 0, max: 4000 }).default('') }),
  responses: { 303: null },
  errors: [],
  handle: async (world: World, { body, caller }) => {
    const { language, back } = body
    if (caller) await chooseLanguageOf(world, { userId: caller.userId, language })
    return withCookies(seeOther(safeNext(world.settings.publicUrl, back) ?? '/'), [
      setCookie('language', language, yearSeconds, isSecure(world)),
    ])
  },
})
