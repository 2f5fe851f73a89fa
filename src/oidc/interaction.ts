import type { App } from '#src/apps/app.ts'
import { findApp } from '#src/apps/find-app.ts'
import type { By } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import { recordIdOf } from '#src/oidc/adapter.ts'
import { type Asked, type AskedSentences, addConsent, askedSentences } from '#src/oidc/asked-scopes.ts'
import { oidcProvider } from '#src/oidc/provider.ts'
import { recordById } from '#src/oidc/records.sql.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { TokenSubject } from '#src/tokens/token-subject.sql.ts'
import type { World } from '#src/world/world.ts'

/** An authorization request that waits for the user, as the provider stored it. */
type Interaction = {
  readonly iat: number
  readonly exp: number
  readonly prompt: { readonly name: string }
  readonly params: Asked & { readonly client_id?: string; readonly redirect_uri?: string }
  session?: { readonly accountId: string }
  readonly lastSubmission?: object
  result?: object
  save(seconds: number): Promise<unknown>
}

/**
 * Records, for a request that waits for a sign-in or a choice of account, that the user has authenticated
 * since: an older proof does not satisfy `prompt=login` or `max_age`. The request does not depend on the
 * browser's earlier session.
 */
export async function settleSignIn(
  world: World,
  { uid, since, subject }: { uid: string; since: Instant; subject: TokenSubject | undefined },
): Promise<void> {
  const interaction = await findInteraction(world, uid)
  const name = interaction?.prompt.name
  if (!interaction || (name !== 'login' && name !== 'select_account')) return
  delete interaction.session
  const isSince = subject && subject.authenticatedAt >= since
  if (!isSince) {
    await interaction.save(secondsLeft(world, interaction))
    return
  }
  const { amr, level: acr, authenticatedAt } = subject
  const login = { accountId: subject.user.id, ts: Math.floor(authenticatedAt / 1000), amr, acr }
  await submit(world, interaction, { login })
}

/** Throws `not_found` unless a request waits for the choice of an account. Returns the app. */
export async function pendingChoice(world: World, uid: string): Promise<App> {
  return (await choiceInteraction(world, uid)).app
}

/** Records that a signed-in user continues with this account, and returns the next URL. */
export async function keepAccount(world: World, uid: string): Promise<string> {
  const { interaction } = await choiceInteraction(world, uid)
  await submit(world, interaction, { select_account: {} })
  return backTo(uid)
}

async function choiceInteraction(world: World, uid: string) {
  const interaction = await findInteraction(world, uid)
  const isChoice = interaction?.prompt.name === 'select_account'
  const app = isChoice && (await findApp(world, interaction.params.client_id ?? ''))
  if (!app) throw new AppError('not_found')
  return { interaction, app }
}

/** The content of a consent page. */
export type PendingConsent = AskedSentences & {
  readonly app: App
  /** Where the app receives its response: a loopback address or a URI scheme can belong to any program. */
  readonly redirectUri: string
}

/** Throws `not_found` unless this user has a request that waits for their consent. */
export async function pendingConsent(
  world: World,
  { uid, userId }: { uid: string; userId: string },
): Promise<PendingConsent> {
  const { interaction, app } = await consentInteraction(world, { uid, userId })
  const { redirect_uri: redirectUri = '' } = interaction.params
  return { app, redirectUri, ...(await askedSentences(world, interaction.params, app)) }
}

/** Records the consent of a user, and returns the next URL. */
export async function giveConsent(
  world: World,
  { uid, userId, by }: { uid: string; userId: string; by: By },
): Promise<string> {
  const { interaction, app } = await consentInteraction(world, { uid, userId })
  await addConsent(world, { userId, app, asked: interaction.params, by })
  await submit(world, interaction, { consent: {} })
  return backTo(uid)
}

/** Records that a user denies consent; the app gets `access_denied`. */
export async function refuseConsent(
  world: World,
  { uid, userId }: { uid: string; userId: string },
): Promise<string> {
  const { interaction } = await consentInteraction(world, { uid, userId })
  const result = { error: 'access_denied', error_description: 'The user denied consent' }
  interaction.result = result
  await interaction.save(secondsLeft(world, interaction))
  return backTo(uid)
}

function backTo(uid: string): string {
  return `/oauth/authorize/${uid}`
}

async function consentInteraction(world: World, { uid, userId }: { uid: string; userId: string }) {
  const interaction = await findInteraction(world, uid)
  const isTheirs = interaction?.prompt.name === 'consent' && interaction.session?.accountId === userId
  const app = isTheirs && (await findApp(world, interaction.params.client_id ?? ''))
  if (!isTheirs || !app) throw new AppError('not_found')
  return { interaction, app }
}

async function findInteraction(world: World, uid: string): Promise<Interaction | undefined> {
  const { db, clock } = world
  // Before the library is loaded.
  if (!(await recordById(db.query, recordIdOf('Interaction', uid), clock.now()))) return undefined
  const { provider } = await oidcProvider(world)()
  return (await provider.Interaction.find(uid)) as unknown as Interaction | undefined
}

async function submit(world: World, interaction: Interaction, result: object): Promise<void> {
  interaction.result = { ...interaction.lastSubmission, ...result }
  await interaction.save(secondsLeft(world, interaction))
}

function secondsLeft({ clock }: World, { exp }: Interaction): number {
  return Math.max(1, exp - Math.floor(clock.now() / 1000))
}
