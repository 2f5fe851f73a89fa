import { type Confirmed, confirmTotp } from '#src/accounts/totp.ts'
import { asUser, type By } from '#src/audit/by.ts'
import { useCode } from '#src/credentials/email-codes/email-codes.sql.ts'
import { matchCode } from '#src/credentials/email-codes/match.ts'
import { provePasskey } from '#src/credentials/passkeys/prove.ts'
import { provePassword } from '#src/credentials/passwords/prove.ts'
import { proveRecoveryCode } from '#src/credentials/recovery-codes/recovery-code.ts'
import { proveTotp } from '#src/credentials/totp/prove.ts'
import type { ErrorCode } from '#src/errors/error-codes.ts'
import { AppError } from '#src/errors/errors.ts'
import { refuseBeyond } from '#src/limits/by-address.ts'
import { count, uncount } from '#src/limits/count.ts'
import { policies } from '#src/limits/policies.ts'
import type { Client } from '#src/sessions/session.ts'
import { type Factor, type FurtherKind, factorTraits } from '#src/users/factor.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

/** The input for proving a factor: each kind reads its own part. */
export type Presented = {
  readonly password?: string | undefined
  readonly code?: string | undefined
  /** The response of an authenticator, as WebAuthn's JSON. */
  readonly response?: unknown
}

export type Proving = {
  readonly user: User
  readonly presented: Presented
  readonly client: Client
  /** The attempt or the session that the proof is for: challenges are bound to it. */
  readonly boundTo: string
  readonly purpose: 'second_factor' | 'step_up'
  readonly by: By
}

type Prover = {
  /** Counts, checks and uses up the proof. Returns undefined for a wrong proof. */
  readonly prove: (world: World, proving: Proving) => Promise<Factor | undefined>
  /** The error of a wrong proof. */
  readonly wrong: ErrorCode
}

/** How each kind of factor is proven by a user who is already identified. */
const provers: Readonly<Record<FurtherKind, Prover>> = {
  password: { prove: proveOwnPassword, wrong: 'wrong_password' },
  passkey: { prove: proveOwnPasskey, wrong: 'passkey_rejected' },
  totp: { prove: proveOwnTotp, wrong: 'invalid_code' },
  recovery_code: { prove: proveOwnRecoveryCode, wrong: 'invalid_code' },
  email_code: { prove: proveEmailCode, wrong: 'invalid_code' },
}

/** Proves one factor. Throws the error of its kind if the proof is wrong. */
export async function proveFactor(world: World, kind: FurtherKind, proving: Proving): Promise<Factor> {
  const prover = provers[kind]
  const factor = await prover.prove(world, proving)
  countSecondFactor(world, kind, factor !== undefined)
  if (!factor) throw new AppError(prover.wrong)
  return factor
}

function countSecondFactor({ metrics }: World, method: FurtherKind, isRight: boolean): void {
  if (method === 'password') return
  metrics.count('sigil_second_factors_total', { method, outcome: isRight ? 'right' : 'wrong' })
}

export function notAvailable(): AppError {
  const detail = {
    en: 'This method is not available here.',
    ru: 'Этот способ здесь недоступен.',
  }
  return new AppError('invalid_request', { errors: [{ pointer: '/method', code: 'invalid_value', detail }] })
}

async function proveOwnPassword(
  world: World,
  { user, presented, client }: Proving,
): Promise<Factor | undefined> {
  await refuseBeyond(world, { name: 'password', of: user.id })
  const { password = '' } = presented
  return (await provePassword(world, { user, password, address: client.address }))?.factor
}

async function proveOwnPasskey(
  world: World,
  { user, presented: { response }, boundTo, purpose }: Proving,
): Promise<Factor | undefined> {
  const proof = await provePasskey(world, { response, purpose, boundTo, userId: user.id })
  return proof.kind === 'proven' ? proof.factor : undefined
}

function proveOwnTotp(world: World, { user, presented }: Proving): Promise<Factor | undefined> {
  const { code = '' } = presented
  return countingCodes(world, user, () => proveTotp(world, { userId: user.id, code }))
}

function proveOwnRecoveryCode(world: World, { user, presented, by }: Proving): Promise<Factor | undefined> {
  const { code = '' } = presented
  const proof = { userId: user.id, code, by: asUser(by, user.id) }
  return countingCodes(world, user, () => proveRecoveryCode(world, proof))
}

/** Proves a second factor that is set up during a sign-in, with its first code. */
export async function proveFirstCode(
  world: World,
  { user, presented, boundTo, by }: Proving,
): Promise<{ factor: Factor } & Confirmed> {
  const { code = '' } = presented
  const first = { user, boundTo, code, sessionId: undefined, by: asUser(by, user.id) }
  const confirmed = await countingCodes(world, user, () => confirmTotp(world, first))
  if (!confirmed) throw new AppError('invalid_code')
  const factor = { kind: 'totp', amr: factorTraits.totp.amr, at: world.clock.now() } as const
  return { factor, ...confirmed }
}

/** Used up at once: a code in a message works for one purpose. */
async function proveEmailCode(
  world: World,
  { user, presented, boundTo }: Proving,
): Promise<Factor | undefined> {
  return countingCodes(world, user, async () => {
    const typed = presented.code ?? ''
    const matched = await matchCode(world, { purpose: 'second_factor', subject: boundTo, typed })
    const isOwn = matched?.user.id === user.id && matched.email === user.email
    const now = world.clock.now()
    if (!isOwn || !(await useCode(world.db.query, matched.code.id, now))) return undefined
    return { kind: 'email_code', amr: factorTraits.email_code.amr, at: now }
  })
}

/**
 * Counts a code of a user before it is checked, and returns the count if it was correct: twenty wrong ones
 * per hour, across all attempts and sessions.
 */
export async function countingCodes<Right>(
  world: World,
  user: User,
  check: () => Promise<Right | undefined>,
): Promise<Right | undefined> {
  const subject = { policy: policies.second_factor, of: user.id }
  const counted = await count(world, subject)
  if (counted.kind === 'rejected')
    throw new AppError('too_many_attempts', { retryAfterSeconds: Math.ceil(counted.retryInMs / 1000) })
  const right = await check()
  if (right) await uncount(world, subject)
  return right
}
