import {
  type Provisioning,
  provisioningOf,
  qrSvgOf,
  secretBytes,
  stepOfCode,
} from '#src/credentials/totp/code.ts'
import {
  confirmSecret,
  putPendingSecret,
  type TotpSecret,
  totpSecretOf,
} from '#src/credentials/totp/totp.sql.ts'
import { seal, unseal } from '#src/keys/seal.ts'
import type { Query } from '#src/store/db.ts'
import { lockSecondFactors } from '#src/users/second-factors.sql.ts'
import type { User } from '#src/users/user.ts'
import type { World } from '#src/world/world.ts'

export type Enrolment = Provisioning & { readonly qrSvg: string }

/** How long a secret waits for the first code from the app. */
export const pendingLifetimeMs = 30 * 60 * 1000

type Binding = { readonly user: User; readonly boundTo: string }

/**
 * Creates a secret that is turned on by its first code, and replaces an unconfirmed one. Returns undefined if
 * an authenticator app is on, or the user does not exist.
 */
export async function beginTotp(
  world: World,
  { user, boundTo, name }: Binding & { name: string },
): Promise<Enrolment | undefined> {
  const secret = world.random.bytes(secretBytes)
  const sealed = seal(world, labelOf(user.id), secret)
  const row = { userId: user.id, sealed, name, boundTo, createdAt: world.clock.now() }
  const isPut = await world.db.transaction(async (query) => {
    const factors = await lockSecondFactors(query, user.id)
    return factors !== undefined && putPendingSecret(query, row)
  })
  return isPut ? enrolmentOf(world, { user, secret }) : undefined
}

/** Returns the pending enrolment, to show it again only where it began. */
export async function pendingTotp(world: World, binding: Binding): Promise<Enrolment | undefined> {
  const pending = await pendingSecret(world, binding)
  if (!pending) return undefined
  const { user } = binding
  return enrolmentOf(world, { user, secret: secretIn(world, pending) })
}

export type RightCode = { readonly sealed: string; readonly step: number }

/**
 * Checks the first code from the app. Returns undefined for a wrong code, and without a pending enrolment.
 */
export async function checkFirstCode(
  world: World,
  { code, ...binding }: Binding & { code: string },
): Promise<RightCode | undefined> {
  const pending = await pendingSecret(world, binding)
  if (!pending) return undefined
  const step = await stepOfCode(secretIn(world, pending), code, world.clock.now())
  return step === undefined ? undefined : { sealed: pending.sealed, step }
}

/** A step: turns the secret on. Returns false if another enrolment has replaced it. */
export async function turnOnTotp(
  query: Query,
  { clock }: Pick<World, 'clock'>,
  { userId, right }: { userId: string; right: RightCode },
): Promise<boolean> {
  const { sealed, step } = right
  return confirmSecret(query, { userId, sealed, step, now: clock.now() })
}

async function pendingSecret(
  { db, clock }: World,
  { user, boundTo }: Binding,
): Promise<TotpSecret | undefined> {
  const found = await totpSecretOf(db.query, user.id)
  const isUnderWay = found?.confirmedAt === undefined && found?.boundTo === boundTo
  const isYoung = found !== undefined && clock.now() - found.createdAt <= pendingLifetimeMs
  return isUnderWay && isYoung ? found : undefined
}

async function enrolmentOf(
  { settings }: World,
  { user, secret }: { user: User; secret: Buffer },
): Promise<Enrolment> {
  const issuer = new URL(settings.publicUrl).host
  const provisioning = await provisioningOf(secret, { issuer, account: user.email })
  return { ...provisioning, qrSvg: await qrSvgOf(provisioning.uri) }
}

export function secretIn(world: World, { userId, sealed }: TotpSecret): Buffer {
  return unseal(world, labelOf(userId), sealed)
}

function labelOf(userId: string) {
  return { purpose: 'totp_secret', id: userId } as const
}
