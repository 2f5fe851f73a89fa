import { rotateKey } from '#src/administration/rotate-key.ts'
import { byCallerOf } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import { type Call, callerOf } from '#src/http/call.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { type Purpose, stateOf } from '#src/keys/key.ts'
import { listKeys } from '#src/keys/rotation.ts'
import { confirmPage } from '#src/pages/console/confirm-page.ts'
import { cliCommand, consolePage } from '#src/pages/console/console-page.ts'
import { keysContent } from '#src/pages/console/instance/instance-pages.ts'
import { mayChange } from '#src/pages/console/places.ts'
import { seeOtherWithFlash } from '#src/pages/flash.ts'
import { textsOf } from '#src/pages/texts.ts'
import type { World } from '#src/world/world.ts'

const place = '/admin/keys'

/** The purposes whose keys can be rotated, and the effects. */
const rotations = {
  sign: ['effect_key_published', 'effect_key_tokens_stay', 'effect_nobody_signed_out'],
  id_token: ['effect_key_published', 'effect_key_id_tokens_stay', 'effect_nobody_signed_out'],
  mac: ['effect_key_mac', 'effect_nobody_signed_out'],
} as const satisfies Readonly<Record<Purpose, readonly string[]>>

const flags: Readonly<Record<Purpose, string>> = { sign: '', id_token: ' --id-token', mac: ' --mac' }

export const showKeys = endpoint({
  summary: 'The keys of the server, with purpose and state.',
  responses: { 200: null },
  errors: [],
  handle: async (world: World, call) => {
    const texts = textsOf(call)
    const now = world.clock.now()
    const keys = (await listKeys(world)).map((key) => ({ key, state: stateOf(key, now) })).toReversed()
    const content = keysContent(texts, {
      keys,
      purposes: [...new Set(keys.map(({ key }) => key.purpose))],
      mayChange: mayChange(callerOf(call).roles),
      now,
    })
    const command = cliCommand('sigil key list\nsigil key rotate\nsigil key revoke KEY')
    return consolePage(world, call, { place, title: texts.get('keys'), content, command })
  },
})

function purposeOf({ params }: Call): Purpose {
  const { purpose = '' } = params
  if (!Object.hasOwn(rotations, purpose)) throw new AppError('not_found')
  return purpose as Purpose
}

export const confirmRotateKey = endpoint({
  summary: 'Confirmation page for rotating a key.',
  responses: { 200: null },
  errors: ['not_found'],
  handle: (world: World, call) => {
    const texts = textsOf(call)
    const purpose = purposeOf(call)
    return confirmPage(world, call, {
      place,
      title: texts.get('rotate_key_title'),
      subject: texts.get(`purpose_${purpose}`),
      effects: [...rotations[purpose].map((effect) => texts.get(effect)), texts.get('effect_rotation_once')],
      action: `${place}/${purpose}/rotate`,
      button: texts.get('rotate_key'),
      isDanger: false,
      cancel: place,
      command: cliCommand(`sigil key rotate${flags[purpose]}`),
    })
  },
})

export const sendRotateKey = endpoint({
  summary: 'Publishes a new key, unless one is published already.',
  responses: { 303: null },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const { kind } = await rotateKey(world, { purpose: purposeOf(call), by: byCallerOf(call) })
    return seeOtherWithFlash(world, place, kind === 'under_way' ? 'key_under_way' : 'key_rotated')
  },
})
