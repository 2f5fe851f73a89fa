import assert from 'node:assert/strict'
import { unseal } from '#src/keys/seal.ts'
import { sql } from '#src/store/sql.ts'
import type { Attempt } from '#test/model/factor-model.ts'
import {
  beginByMail,
  type MailPurpose,
  type Message,
  matchesCode,
  matchesLink,
  resetByMail,
  send,
  verify,
  wrongProof,
} from '#test/model/mail-model.ts'
import { open } from '#test/model/model.ts'
import { assertOutcome } from '#test/model/proofs.ts'
import { clientFrom, keep, type Mailed, momentAt, personAt, type Real } from '#test/model/real.ts'
import { assertRefused } from '#test/support/rejected.ts'
import type { WireBody } from '#test/support/wire-body.ts'

type OfReader = (real: Real, which: number, place: number) => Promise<void>

const paths: Readonly<Record<MailPurpose, string>> = {
  sign_in: 'code',
  reset: 'forgot',
  verify_email: 'verify_email/send',
}

/** What the reader of a mailbox does. */
export const actsByMail: Readonly<Record<string, OfReader>> = {
  'request a message to sign in with': requesting('sign_in'),
  'request a message to set a new password': requesting('reset'),
  'request a message to verify the email': requesting('verify_email'),
  'sign in with a code by mail': async (real, which) => {
    const used = pick(real, 'sign_in', which)
    if (!used) return
    const { proof, moment, client, isRight, message } = presented(real, used, { which, place: 0 })
    const reply = await client.post('/api/v1/auth/code/signin', proof)
    if (!isRight || !message) return assertRefused(reply, 'invalid_code')
    const attempt = beginByMail(message, moment)
    if (attempt) return keepAttempt(real, attempt, reply.body)
    const pair = open(message.owner, moment)
    pair.session.isByMail = true
    keep(real, pair, reply)
  },
  'set a new password by mail': async (real, which, place) => {
    const used = pick(real, 'reset', which)
    if (!used) return
    const { proof, moment, client, isRight, message } = presented(real, used, { which, place })
    const password = `mailed plum tarot ${used.person.user.signature} ${which}`
    const reply = await client.post('/api/v1/auth/reset', { ...proof, password })
    if (!isRight || !message) return assertRefused(reply, wrongProof('token' in proof))
    const attempt = resetByMail(message, moment, password)
    if (attempt) return keepAttempt(real, attempt, reply.body)
    assert.equal(reply.status, 204, reply.text)
  },
  'verify the email': async (real, which, place) => {
    const used = pick(real, 'verify_email', which)
    if (!used) return
    const { proof, client, isRight, message } = presented(real, used, { which, place })
    const reply = await client.post('/api/v1/auth/verify_email', proof)
    if (!isRight || !message) return assertRefused(reply, wrongProof('token' in proof))
    verify(message)
    assert.equal(reply.status, 204, reply.text)
  },
}

function requesting(purpose: MailPurpose): OfReader {
  return async (real, which, place) => {
    const person = personAt(real, which)
    const moment = momentAt(real, place)
    await real.server().world.db.query(sql`delete from outbox_deliveries`)
    const path = `/api/v1/auth/${paths[purpose]}`
    const reply = await clientFrom(real, moment).post(path, { email: person.email })
    assertOutcome(reply, undefined, 202)
    const message = send(person.user, purpose, moment.now)
    const order = await enqueued(real)
    assert.equal(order !== null, message !== undefined, 'a message is sent exactly if the model sends one')
    if (!message || !order) return
    assert.deepEqual([order.to, order.kind], [person.email, purpose])
    const token = new URL(order.values.link).searchParams.get('token') ?? ''
    real.mailed.push({ person, message, code: order.values.code, token })
  }
}

type Order = { to: string; kind: string; values: { code: string; link: string } }

/** The content of the only delivery, which is not sent; null in one that sends nothing. */
async function enqueued({ server }: Real): Promise<Order | null> {
  const { db, keys } = server().world
  const [row] = await db.query(sql`select key, payload from outbox_deliveries`)
  const key = String(row?.key)
  const payload = unseal({ keys }, { purpose: 'outbox_payload', id: key }, String(row?.payload))
  return JSON.parse(payload.toString())
}

/** Mostly a recent message. */
function pick({ mailed }: Real, purpose: MailPurpose, which: number): Mailed | undefined {
  const all = mailed.filter(({ message }) => message.purpose === purpose)
  const recent = which % 4 === 0 ? all : all.slice(-2)
  return recent[Math.floor(which / 4) % Math.max(1, recent.length)]
}

/** The code or the link of a message, or a wrong code; and whether the model accepts it. */
function presented(real: Real, used: Mailed, { which, place }: { which: number; place: number }) {
  const { person, code: sent, token } = used
  const { email, user } = person
  const { purpose } = used.message
  const moment = momentAt(real, which)
  const client = clientFrom(real, moment)
  if (place % 2 === 1) {
    const isRight = matchesLink(used.message, moment.now)
    return { proof: { token }, moment, client, isRight, message: used.message }
  }
  const isWrong = which % 3 === 0
  const wrong = sent === '000000' ? '000001' : '000000'
  const message: Message | undefined = isWrong ? undefined : used.message
  const isRight = matchesCode(user, { purpose, message, now: moment.now })
  return { proof: { email, code: isWrong ? wrong : sent }, moment, client, isRight, message }
}

function keepAttempt(real: Real, model: Attempt, body: WireBody): void {
  assert.deepEqual([body.access_token, body.methods], [undefined, model.due])
  real.attempts.push({ model, token: body.mfa_token })
}
