import { removeFactor } from '#src/accounts/remove-factor.ts'
import { removePasskeyOf } from '#src/accounts/remove-passkey.ts'
import { showUser } from '#src/administration/show-user.ts'
import { disconnect as disconnectApp } from '#src/apps/end-grant.ts'
import { type By, byCallerOf } from '#src/audit/by.ts'
import { forgetDevice } from '#src/credentials/trusted-devices/trust.ts'
import { disconnectFrom } from '#src/credentials/upstream/disconnect.ts'
import { AppError } from '#src/errors/errors.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { confirmPage } from '#src/pages/console/confirm-page.ts'
import { cliCommand, curl } from '#src/pages/console/console-page.ts'
import { type Flash, seeOtherWithFlash } from '#src/pages/flash.ts'
import type { ConsoleKey } from '#src/pages/messages/console-en.ts'
import { textsOf } from '#src/pages/texts.ts'
import type { World } from '#src/world/world.ts'

type Which = { readonly userId: string; readonly id: string; readonly by: By }

type Removal = {
  /** The part of the path before the id. */
  readonly part: string
  readonly what: string
  readonly title: ConsoleKey
  readonly effects: readonly ConsoleKey[]
  /** Returns false if the user does not have it. */
  readonly run: (world: World, which: Which) => Promise<boolean>
  readonly flash: Flash
}

/** The removal of one thing from a user: a confirmation page and its form. */
function removal({ part, what, title, effects, run, flash }: Removal) {
  const confirm = endpoint({
    summary: `Confirmation page for removing ${what} of a user.`,
    responses: { 200: null },
    errors: ['not_found'],
    handle: async (world: World, call) => {
      const texts = textsOf(call)
      const user = await showUser(world, call.params.id ?? '')
      const { what: id = '' } = call.params
      const path = `/admin/users/${user.id}`
      const command =
        part === 'factors'
          ? curl(world, 'DELETE', `/users/${user.id}/factors/${id}`)
          : cliCommand('sigil help user')
      return confirmPage(world, call, {
        place: '/admin/users',
        title: texts.get(title),
        subject: user.email,
        effects: effects.map((effect) => texts.get(effect)),
        action: `${path}/${part}/${encodeURIComponent(id)}/remove`,
        button: texts.get('remove'),
        cancel: path,
        command,
      })
    },
  })
  const send = endpoint({
    summary: `Removes ${what} of a user.`,
    responses: { 303: null },
    errors: ['not_found', 'last_sign_in_method'],
    handle: async (world: World, call) => {
      const { id: userId = '', what: id = '' } = call.params
      if (!(await run(world, { userId, id, by: byCallerOf(call) }))) throw new AppError('not_found')
      return seeOtherWithFlash(world, `/admin/users/${userId}`, flash)
    },
  })
  return { path: `/users/:id/${part}/:what/remove`, confirm, send }
}

/** Everything that can be removed from a user, with the routes below `/admin`. */
export const removals = [
  removal({
    part: 'factors',
    what: 'a second factor',
    title: 'remove_factor_title',
    effects: ['effect_factor_gone', 'effect_codes_gone', 'effect_sessions_stay'],
    run: (world, which) => removeFactor(world, which),
    flash: 'factor_removed',
  }),
  removal({
    part: 'passkeys',
    what: 'a passkey',
    title: 'remove_passkey_title',
    effects: ['effect_passkey_gone', 'effect_last_method_stays', 'effect_sessions_stay'],
    run: async (world, which) => {
      await removePasskeyOf(world, which)
      return true
    },
    flash: 'factor_removed',
  }),
  removal({
    part: 'connections',
    what: 'a connection to a provider',
    title: 'remove_connection_title',
    effects: ['effect_connection_gone', 'effect_last_method_stays', 'effect_sessions_stay'],
    run: async (world, which) => {
      await disconnectFrom(world, which)
      return true
    },
    flash: 'connection_removed',
  }),
  removal({
    part: 'devices',
    what: 'a trusted device',
    title: 'forget_device_title',
    effects: ['effect_device_asked', 'effect_sessions_stay'],
    run: (world, which) => forgetDevice(world, which),
    flash: 'device_forgotten',
  }),
  removal({
    part: 'apps',
    what: 'a connected app',
    title: 'disconnect_app_title',
    effects: ['effect_app_tokens_of_user', 'effect_app_again'],
    run: async (world, { userId, id, by }) => {
      const { isFound, propagated } = await disconnectApp(world, { userId, clientId: id, by })
      await propagated
      return isFound
    },
    flash: 'app_disconnected_from_user',
  }),
] as const
