import { z } from 'zod'
import { removePasskey } from '#src/accounts/remove-passkey.ts'
import { byCallerOf } from '#src/audit/by.ts'
import { enrolPasskey } from '#src/credentials/passkeys/enrol.ts'
import { passkeyOnWire } from '#src/credentials/passkeys/on-wire.ts'
import { creationOptions, proofOptions } from '#src/credentials/passkeys/options.ts'
import { passkeysOf } from '#src/credentials/passkeys/passkeys.sql.ts'
import { renamePasskey } from '#src/credentials/passkeys/rename.ts'
import {
  CreationOptions,
  PasskeyBody,
  PasskeyName,
  RegistrationResponse,
  RequestOptions,
} from '#src/credentials/passkeys/schemas.ts'
import { empty, json } from '#src/http/answer.ts'
import { callerOf } from '#src/http/call.ts'
import { listOf, PageQuery, pageOfShort } from '#src/http/cursor.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { myself } from '#src/me/myself.ts'
import { requireRecentProof } from '#src/sessions/recent-proof.ts'
import type { World } from '#src/world/world.ts'

export const passkeyCreationOptions = endpoint({
  summary: 'Returns WebAuthn creation options to add a passkey. Needs a recent proof.',
  responses: { 200: CreationOptions },
  errors: ['step_up_required', 'too_many_requests'],
  handle: async (world: World, call) => {
    const { sessionId } = callerOf(call)
    const user = await myself(world, call)
    await requireRecentProof(world, { user, sessionId })
    return json(200, await creationOptions(world, { user, sessionId, isUnasked: false }))
  },
})

export const addPasskey = endpoint({
  summary: 'Adds a passkey that the browser created from the options of this session. Needs a recent proof.',
  body: z.strictObject({
    response: RegistrationResponse,
    name: PasskeyName.optional().describe('Default: the name of the product, if known'),
  }),
  responses: { 201: PasskeyBody },
  errors: ['step_up_required', 'passkey_rejected', 'too_many_passkeys', 'too_many_requests'],
  handle: async (world: World, call) => {
    const { response, name } = call.body
    const { sessionId } = callerOf(call)
    const user = await myself(world, call)
    const enrolment = { user, sessionId, response, name, defaultName: 'Passkey', by: byCallerOf(call) }
    const passkey = await enrolPasskey(world, enrolment)
    return json(201, passkeyOnWire(passkey))
  },
})

export const listMyPasskeys = endpoint({
  summary: 'Lists the passkeys of the current user, oldest first; at most 20.',
  query: PageQuery,
  responses: { 200: listOf(PasskeyBody) },
  errors: [],
  handle: async ({ db }: World, call) => {
    const passkeys = await passkeysOf(db.query, callerOf(call).userId)
    return json(200, pageOfShort(passkeys, call.query, { idOf: ({ id }) => id, onWire: passkeyOnWire }))
  },
})

export const renameMyPasskey = endpoint({
  summary: 'Renames a passkey. Needs a recent proof.',
  body: z.strictObject({ name: PasskeyName.optional().describe('Absent: stays as it is') }),
  responses: { 200: PasskeyBody },
  errors: ['not_found', 'step_up_required'],
  handle: async (world: World, call) => {
    const { sessionId } = callerOf(call)
    const { name } = call.body
    const user = await myself(world, call)
    const renaming = { user, sessionId, id: call.params.id ?? '', name, by: byCallerOf(call) }
    return json(200, passkeyOnWire(await renamePasskey(world, renaming)))
  },
})

export const removeMyPasskey = endpoint({
  summary: 'Removes a passkey; sessions that it opened stay. Needs a recent proof.',
  responses: { 204: null },
  errors: ['not_found', 'step_up_required', 'last_sign_in_method', 'too_many_requests'],
  handle: async (world: World, call) => {
    const { sessionId } = callerOf(call)
    const user = await myself(world, call)
    await removePasskey(world, { user, sessionId, id: call.params.id ?? '', by: byCallerOf(call) })
    return empty(204)
  },
})

export const stepUpOptions = endpoint({
  summary: 'Returns WebAuthn request options for a step-up with a passkey.',
  responses: { 200: RequestOptions },
  errors: ['too_many_requests'],
  handle: async (world: World, call) => {
    const { userId, sessionId } = callerOf(call)
    return json(200, await proofOptions(world, { purpose: 'step_up', boundTo: sessionId, userId }))
  },
})
