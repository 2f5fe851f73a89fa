import type { interactionPolicy, KoaContextWithOIDC } from 'oidc-provider'
import { findApp } from '#src/apps/find-app.ts'
import { subjectFor } from '#src/apps/subject.ts'
import type { Library } from '#src/oidc/library.ts'
import { type ClaimsParameter, requestedLevels } from '#src/oidc/requested-claims.ts'
import { visitOf } from '#src/oidc/visit.ts'
import { secondFactorMethods } from '#src/sessions/recent-proof.ts'
import type { TokenSubject } from '#src/tokens/token-subject.sql.ts'
import { type Level, levels } from '#src/users/factor.ts'
import type { User } from '#src/users/user.ts'
import { findUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

type PolicyLibrary = typeof interactionPolicy

/**
 * What an app may require of its user: a fresh proof, a level, a choice of account, consent. Some apps ask
 * for consent at each sign-in (`asksAlways`).
 */
export function promptPolicy(
  world: World,
  { base, Check, Prompt }: PolicyLibrary,
  errors: Library['errors'],
) {
  const policy = base()
  const login = policy.get('login')
  // The library prompts for sign-ins endlessly if a level does not exist, and compares ids as they are.
  const replaced = ['essential_acr', 'essential_acrs', ...subjectReasons]
  for (const name of replaced) login?.checks.remove(name)
  for (const reason of subjectReasons) {
    login?.checks.add(
      new Check(reason, 'the request is for another user', 'login_required', async ({ oidc }) => {
        const wanted = wantedSubject(reason, oidc)
        const isTheirs = wanted === undefined || (await isAbout(world, wanted, oidc))
        return isTheirs ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT
      }),
    )
  }
  login?.checks.add(
    new Check('level', 'the session has not reached the level', 'login_required', async (ctx) => {
      const { subject } = visitOf(ctx.req)
      if (isImpossible(ctx)) throw new errors.UnmetAuthenticationRequirements('the level does not exist')
      if (!subject || hasReached(ctx, subject.level)) return Check.NO_NEED_TO_PROMPT
      const user = await findUser(world.db.query, subject.user.id)
      if (user && secondFactorMethods(user).length > 0) return Check.REQUEST_PROMPT
      // RFC 9470 section 5: reports to the app that its user has no second factor.
      throw new errors.UnmetAuthenticationRequirements('the user has no second factor')
    }),
  )
  const chooseAccount = new Prompt({ name: 'select_account', requestable: true })
  chooseAccount.checks.clear()
  chooseAccount.checks.add(
    new Check('choice', 'the user has to choose an account', 'account_selection_required', ({ oidc }) => {
      // Signing in counts as a choice.
      const isDue = oidc.promptPending('select_account') && oidc.result?.login === undefined
      return isDue ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT
    }),
  )
  policy.add(chooseAccount, 1)
  policy.get('consent')?.checks.add(
    new Check('always_asked', 'the user has to agree each time', 'consent_required', ({ oidc }) => {
      const isDue = oidc.client?.asks_always === true && !oidc.result?.consent
      return isDue ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT
    }),
  )
  return policy
}

/** Where a request names its user: in an ID token, or in a claim (OpenID Connect Core section 5.5.1). */
const subjectReasons = ['id_token_hint', 'claims_id_token_sub_value'] as const

function wantedSubject(
  reason: (typeof subjectReasons)[number],
  { entities, claims }: KoaContextWithOIDC['oidc'],
): string | undefined {
  if (reason === 'id_token_hint') {
    return (entities.IdTokenHint?.payload as { readonly sub: string } | undefined)?.sub
  }
  const { value } = ((claims as ClaimsParameter).id_token?.sub ?? {}) as { value?: unknown }
  return value === undefined ? undefined : String(value)
}

/** Whether this is the id of the signed-in user, which may be a pairwise one. */
async function isAbout(
  world: World,
  sub: string,
  { client, session }: KoaContextWithOIDC['oidc'],
): Promise<boolean> {
  const app = await findApp(world, client?.clientId ?? '')
  const userId = session?.accountId
  return app !== undefined && userId !== undefined && (await subjectFor(world, { app, userId })) === sub
}

/** Any one of them is enough, and aal2 includes aal1. Unknown values have no effect. */
function hasReached(ctx: KoaContextWithOIDC, level: Level): boolean {
  const wanted = levels.filter((one) => levelsOf(ctx).words.includes(one))
  return wanted.length === 0 || wanted.includes('aal1') || wanted.includes(level)
}

/** OpenID Connect Core section 5.5.1.1: an essential level that cannot be reached is a failed sign-in. */
function isImpossible(ctx: KoaContextWithOIDC): boolean {
  const { words, isEssential } = levelsOf(ctx)
  return isEssential && !levels.some((level) => words.includes(level))
}

/** From `acr_values`, which the library writes into the claims, or from the claims of the request. */
function levelsOf({ oidc }: KoaContextWithOIDC) {
  return requestedLevels(oidc.claims as ClaimsParameter)
}

/** The parts of a waiting request that decide where its user goes. */
type Waiting = {
  readonly uid: string
  readonly prompt: { readonly name: string; readonly reasons: readonly string[] }
  readonly params: { readonly login_hint?: unknown; readonly acr_values?: unknown }
}

/**
 * The page where a user signs in, authenticates again, chooses an account or consents. All of them return to
 * the request through the library. A signed-in user keeps the session: other apps are bound to it.
 */
export function interactionUrl(ctx: KoaContextWithOIDC, { uid, prompt, params }: Waiting): string {
  const next = `/oauth/authorize/${uid}`
  if (prompt.name === 'consent') return `/consent/${uid}`
  if (prompt.name === 'select_account') return `/oauth/account/${uid}`
  const { subject } = visitOf(ctx.req)
  const hint = hintIn(params.login_hint)
  if (subject && isSameUser(subject, prompt.reasons, hint)) {
    const level = prompt.reasons.includes('level') ? { level: 'aal2' } : {}
    return `/account/confirm?${new URLSearchParams({ next, ...level })}`
  }
  const login = hint === undefined ? {} : { login: hint }
  return `/sign-in?${new URLSearchParams({ next, again: '1', ...login })}`
}

function isSameUser({ user }: TokenSubject, reasons: readonly string[], hint: string | undefined): boolean {
  if (subjectReasons.some((reason) => reasons.includes(reason))) return false
  return hint === undefined || isLoginOf(user, hint)
}

function isLoginOf({ email, username }: Pick<User, 'email' | 'username'>, hint: string): boolean {
  return [email, username].some((login) => login?.toLowerCase() === hint.toLowerCase())
}

/**
 * OpenID Connect Core section 3.1.2.1: the login that the user would type. Anything longer is not a login.
 */
function hintIn(text: unknown): string | undefined {
  return typeof text === 'string' && text !== '' && text.length <= 254 ? text : undefined
}
