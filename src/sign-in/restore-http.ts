import { z } from 'zod'
import { restore } from '#src/accounts/restore.ts'
import { byCallerOf } from '#src/audit/by.ts'
import { empty } from '#src/http/answer.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { text } from '#src/http/text.ts'
import { byAddress } from '#src/limits/by-address.ts'
import type { World } from '#src/world/world.ts'

export const restoreCall = endpoint({
  summary:
    'Restores an account that is being deleted, with the `restore_token` of a sign-in or the token of the ' +
    'link in the email. Its owner can sign in again.',
  body: z.strictObject({ token: text({ min: 1, max: 200 }) }),
  responses: { 204: null },
  errors: ['invalid_link', 'too_many_requests'],
  limit: byAddress('signin'),
  handle: async (world: World, call) => {
    await restore(world, { token: call.body.token, by: byCallerOf(call) })
    return empty(204)
  },
})
