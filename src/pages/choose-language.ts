import { z } from 'zod'
import { seeOther, withCookies } from '#src/http/answer.ts'
import { setCookie } from '#src/http/cookies.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { text } from '#src/http/text.ts'
import { safeNext } from '#src/pages/next.ts'
import { isSecure } from '#src/tokens/pair-answer.ts'
import type { World } from '#src/world/world.ts'

const yearSeconds = 365 * 24 * 60 * 60

export const chooseLanguage = endpoint({
  summary: 'Stores the chosen language in a cookie and returns to the page.',
  body: z.object({ language: z.enum(['en', 'ru']), back: text({ min: 0, max: 4000 }).default('') }),
  responses: { 303: null },
  errors: [],
  handle: (world: World, { body }) =>
    withCookies(seeOther(safeNext(world.settings.publicUrl, body.back) ?? '/'), [
      setCookie('language', body.language, yearSeconds, isSecure(world)),
    ]),
})
