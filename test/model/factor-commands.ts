import assert from 'node:assert/strict'
import {
  graceMs,
  isRecent,
  removeFactor,
  stepOf,
  stepUpMethods,
  useUp,
  wrongOf,
} from '#test/model/factor-model.ts'
import { endAll, goOn, isAccepted } from '#test/model/model.ts'
import { assertOutcome, kinds, personOf, proofOf } from '#test/model/proofs.ts'
import { clientFrom, type Held, keep, momentAt, origin, type Person, type Real } from '#test/model/real.ts'
import { newAuthenticator } from '#test/support/authenticator.ts'
import type { Reply } from '#test/support/client.ts'
import { optionsIn } from '#test/support/passkeys.ts'
import { assertRefused } from '#test/support/rejected.ts'
import { codeAt } from '#test/support/totp.ts'

type OfOwner = (real: Real, held: Held, place: number) => Promise<void>

const mePath = '/api/v1/me'

/** Actions of users with a session. Changing factors needs a recent proof. */
export const actsOnFactors: Readonly<Record<string, OfOwner>> = {
  'prove again who one is': stepUp,
  'set up an authenticator app': async (real, held, place) => {
    const { user, things, call, now } = ownerOf(real, held, place)
    const begun = await call('POST', `${mePath}/totp`, {})
    const refused = whyNot(held, now) ?? (user.factors.totp ? 'already_enrolled' : undefined)
    assertOutcome(begun, refused, 201)
    if (refused) return
    const code = codeAt(begun.body.secret, now)
    const confirmed = await call('POST', `${mePath}/totp/confirm`, { code })
    things.secret = begun.body.secret
    user.factors.totp = { lastStep: stepOf(now) }
    keepCodes(held, things, confirmed)
    held.pair.session.isTwofold = true
  },
  'remove the authenticator app': async (real, held, place) => {
    const { user, things, call, now } = ownerOf(real, held, place)
    const refused = whyNot(held, now) ?? (user.factors.totp ? undefined : 'not_found')
    assertOutcome(await call('DELETE', `${mePath}/totp`), refused, 204)
    if (refused) return
    removeFactor(user, { totp: undefined })
    things.secret = undefined
  },
  'add a passkey': async (real, held, place) => {
    const { user, things, call, now } = ownerOf(real, held, place)
    if (user.factors.hasPasskey) return
    const options = await call('POST', `${mePath}/passkeys/options`, {})
    const refused = whyNot(held, now)
    if (refused) return assertOutcome(options, refused, 200)
    const authenticator = newAuthenticator(origin)
    const response = authenticator.create(optionsIn(options))
    const added = await call('POST', `${mePath}/passkeys`, { response })
    assertOutcome(added, undefined, 201)
    Object.assign(things, { authenticator, passkeyId: added.body.id })
    user.factors.hasPasskey = true
  },
  'remove the passkey': async (real, held, place) => {
    const { user, things, call, now } = ownerOf(real, held, place)
    const isLast = user.password === undefined ? 'last_sign_in_method' : undefined
    const refused = whyNot(held, now) ?? (user.factors.hasPasskey ? isLast : 'not_found')
    assertOutcome(await call('DELETE', `${mePath}/passkeys/${things.passkeyId}`), refused, 204)
    if (!refused) removeFactor(user, { hasPasskey: false })
  },
  'ask for the passkey from now on': async (real, held, place) => {
    const { user, things, call, now } = ownerOf(real, held, place)
    const { hasPasskey, isPasskeyChosen } = user.factors
    const impossible = hasPasskey ? (isPasskeyChosen ? 'already_enrolled' : undefined) : 'no_passkey'
    const refused = whyNot(held, now) ?? impossible
    const reply = await call('POST', `${mePath}/factors/passkey`)
    if (refused) return assertOutcome(reply, refused, 200)
    user.factors.isPasskeyChosen = true
    keepCodes(held, things, reply)
  },
  'ask for the passkey no longer': async (real, held, place) => {
    const { user, call, now } = ownerOf(real, held, place)
    const refused = whyNot(held, now) ?? (user.factors.isPasskeyChosen ? undefined : 'not_found')
    assertOutcome(await call('DELETE', `${mePath}/factors/passkey`), refused, 204)
    if (!refused) removeFactor(user, { isPasskeyChosen: false })
  },
  'delete the account': async (real, held, place) => {
    const { user, call, now } = ownerOf(real, held, place)
    const refused = whyNot(held, now)
    assertOutcome(await call('DELETE', mePath), refused, 200)
    if (refused) return
    Object.assign(user, { isActive: false, leavesAt: now + graceMs })
    endAll(user, { now })
  },
}

async function stepUp(real: Real, held: Held, place: number): Promise<void> {
  const { user, things, call, now } = ownerOf(real, held, place)
  const method = ([...kinds, 'password'] as const)[(now / 1000 + place) % 4] ?? 'password'
  const isRight = place !== 5
  const { session } = held.pair
  const isHere = isAccepted(held.pair, now)
  const isAsked = isHere && method === 'passkey' && isRight
  const options = isAsked ? await call('POST', `${mePath}/step_up/options`) : undefined
  const password = isRight && user.password !== undefined ? user.password : 'not the password 77'
  const proof =
    method === 'password' ? { password } : proofOf(things, { kind: method, isRight, options, now })
  const reply = await call('POST', `${mePath}/step_up`, { method, ...proof })
  if (!isHere) return assertRefused(reply, 'not_signed_in')
  if (!stepUpMethods(user).includes(method)) return assertRefused(reply, 'invalid_request')
  const isProven = isRight && (method === 'password' || useUp(user, method, now))
  if (!isProven) return assertRefused(reply, wrongOf(method))
  if (method === 'recovery_code') things.codes.shift()
  if (method !== 'password' || session.isByMail) session.isTwofold = true
  keep(real, goOn(session, now), reply)
}

function ownerOf(real: Real, { pair, body }: Held, place: number) {
  const moment = momentAt(real, place)
  const client = clientFrom(real, moment)
  const user = pair.session.owner
  const call = (method: string, path: string, json?: unknown) =>
    client.send(method, path, { bearer: body.access_token, ...(json === undefined ? {} : { json }) })
  return { user, things: personOf(real, user).things, call, now: moment.now }
}

function whyNot({ pair }: Held, now: number): 'not_signed_in' | 'step_up_required' | undefined {
  if (!isAccepted(pair, now)) return 'not_signed_in'
  return isRecent(pair.session, now) ? undefined : 'step_up_required'
}

/** The first second factor comes with recovery codes. */
function keepCodes({ pair }: Held, things: Person['things'], reply: Reply): void {
  const { factors } = pair.session.owner
  assertOutcome(reply, undefined, 200)
  assert.equal(reply.body.recovery_codes?.length, factors.codesLeft === 0 ? 10 : undefined)
  if (factors.codesLeft > 0) return
  things.codes = [...reply.body.recovery_codes]
  factors.codesLeft = 10
}
