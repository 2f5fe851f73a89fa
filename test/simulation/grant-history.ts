import { judgeAppToken } from '#src/apps/judge-app-token.ts'
import { judgeTicket } from '#src/forward-auth/judge-ticket.ts'
import { authenticate } from '#src/tokens/authenticate.ts'
import type { World } from '#src/world/world.ts'
import {
  endings,
  issueToMachine,
  open,
  type RefreshedApp,
  refresh,
  replay,
  signIn,
} from '#test/simulation/grant-acts.ts'
import { boundTokenFor, exchangedFor, provenRequest } from '#test/simulation/grant-kinds.ts'
import { type IssuedToken, isDead, rightsOf, type SimulatedGrant } from '#test/simulation/grant-model.ts'
import { type GrantScene, grantScene, oneOf } from '#test/simulation/grant-scene.ts'
import type { Place } from '#test/support/engines.ts'

const dayMs = 24 * 60 * 60 * 1000

export type GrantCounts = {
  accepted: number
  rejected: number
  undecided: number
  ended: number
  opened: number
}

type Length = {
  readonly seed: number
  readonly rounds: number
  readonly nodeCount: number
  /** Whether wall clocks are set forward and back by a day. */
  readonly hasSteps: boolean
}

/**
 * Rounds in which people sign in and connect apps, apps refresh their tokens, and calls end rights at the
 * same time. The real code, with the real database and verifiers that poll over HTTP. Returns every token
 * that was accepted after its revocation was answered, or rejected before.
 */
export async function grantHistory(
  place: Place,
  { seed, rounds, nodeCount, hasSteps }: Length,
): Promise<{ violations: string[]; counts: GrantCounts }> {
  const scene = await grantScene(place, { seed, nodeCount })
  const tokens: IssuedToken[] = []
  const violations: string[] = []
  const counts: GrantCounts = { accepted: 0, rejected: 0, undecided: 0, ended: 0, opened: 0 }
  const keep = (refreshed: RefreshedApp | undefined) => {
    if (refreshed) tokens.push(refreshed.token)
  }
  for (let round = 0; round < rounds; round++) {
    if (hasSteps && scene.between(0, 3) === 0) step(scene)
    for (const token of await connect(scene)) tokens.push(token)
    const grants = scene.owners.flatMap((owner) => owner.grants)
    counts.opened = grants.length
    const target = oneOf(
      scene,
      grants.filter((grant) => !isDead({ rights: rightsOf(grant) })),
    )
    if (!target) continue
    const twice = await Promise.all([refresh(scene, target), refresh(scene, target)])
    for (const refreshed of twice) keep(refreshed)
    if (twice[0]?.successor !== twice[1]?.successor) violations.push('a refresh token has two successors')
    const names = Object.keys(endings)
    const name = oneOf(scene, names) ?? ''
    const ending = scene.between(0, 6) === 0 ? replay(scene, target) : endings[name]?.(scene, target)
    // Refreshes run concurrently with the revocation: their tokens are revoked once it was answered.
    const beside = [target, oneOf(scene, grants)].flatMap((grant) => (grant ? [refresh(scene, grant)] : []))
    const refreshes = Promise.all(beside)
    await ending
    counts.ended++
    const judging = { tokens, after: name, violations, counts, isStill: !hasSteps }
    judgeAtVerifiers(scene, judging)
    await judgeBoundTokens(scene, judging)
    for (const refreshed of await refreshes) keep(refreshed)
    await judgeAtNodes(scene, judging)
    const dead = oneOf(
      scene,
      grants.filter((grant) => isDead({ rights: rightsOf(grant) })),
    )
    if (dead && (await refresh(scene, dead))) violations.push(`an ended grant was refreshed after ${name}`)
  }
  return { violations, counts }
}

/** Usually the same steps for servers and verifiers. */
function step({ steps, between }: GrantScene): void {
  const all = [0, dayMs, -dayMs]
  steps.servers = all[between(0, 3)] ?? 0
  steps.verifiers = between(0, 3) === 0 ? (all[between(0, 3)] ?? 0) : steps.servers
}

/** A user signs in if none is, connects an app, and a machine gets a token. */
async function connect(scene: GrantScene): Promise<IssuedToken[]> {
  const owner = oneOf(scene, scene.owners)
  const app = oneOf(scene, scene.apps)
  if (!owner || !app) return []
  const isSignedIn = owner.sessions.some(({ isEnded }) => !isEnded)
  const signedIn = isSignedIn && scene.between(0, 3) > 0 ? [] : [await signIn(scene, owner)]
  const session = owner.sessions.findLast(({ isEnded }) => !isEnded)
  const grant = session && (await open(scene, session, app))
  const fresh = grant && (await refresh(scene, grant))
  const others = app.isSite
    ? []
    : [
        await issueToMachine(scene, app),
        ...(grant && fresh ? await furtherTokens(scene, grant, fresh.token) : []),
      ]
  return [...signedIn, fresh?.token, ...others].filter((token) => token !== undefined)
}

/** One that is bound to a key, and those that another app gets in exchange for it and for the first one. */
async function furtherTokens(scene: GrantScene, grant: SimulatedGrant, token: IssuedToken) {
  const actor = oneOf(
    scene,
    scene.apps.filter(({ isSite }) => !isSite),
  )
  const bound = await boundTokenFor(scene, grant)
  const given = [token, bound].filter((one) => one !== undefined)
  const exchanged = given.map((one) => actor && exchangedFor(scene, one, actor))
  return [bound, ...(await Promise.all(exchanged))]
}

type Judging = {
  readonly tokens: readonly IssuedToken[]
  readonly after: string
  readonly violations: string[]
  readonly counts: GrantCounts
  /** Whether no clock is changed, so that a valid token must be accepted. */
  readonly isStill: boolean
}

/** Checked immediately, before anything else can happen in this process. */
function judgeAtVerifiers(scene: GrantScene, judging: Judging): void {
  for (const token of judging.tokens) {
    // Only our own servers judge tickets, and a proof is checked in a promise.
    if (token.kind === 'ticket' || token.kind === 'bound') continue
    const verifier = token.kind === 'session' ? scene.ofIssuer : scene.ofApi
    note(token, judging, { judge: 'a verifier', verdict: verdictOf(() => verifier.verifySync(token.text)) })
  }
}

async function judgeBoundTokens(scene: GrantScene, judging: Judging): Promise<void> {
  for (const token of judging.tokens.filter(({ kind }) => kind === 'bound')) {
    const { headers, request } = await provenRequest(scene, token)
    const judged = await scene.ofApi.verify({ headers }, request).then(
      () => 'accepted' as const,
      (error: unknown) => refusalOf(error),
    )
    note(token, judging, { judge: 'a verifier with a proof', verdict: judged })
  }
}

async function judgeAtNodes(scene: GrantScene, judging: Judging): Promise<void> {
  for (const [index, world] of scene.nodes.entries()) {
    for (const token of judging.tokens) {
      const isAccepted = await isAcceptedBy(world, token)
      note(token, judging, { judge: `node ${index}`, verdict: isAccepted ? 'accepted' : 'rejected' })
    }
  }
}

async function isAcceptedBy(world: World, { kind, text, clientId = '' }: IssuedToken): Promise<boolean> {
  if (kind === 'ticket') return (await judgeTicket(world, text, clientId)).kind === 'accepted'
  if (kind === 'session') return (await authenticate(world, text)).kind === 'accepted'
  return (await judgeAppToken(world, text)) !== undefined
}

type Verdict = 'accepted' | 'rejected' | 'undecided'

function verdictOf(verify: () => unknown): Verdict {
  try {
    verify()
    return 'accepted'
  } catch (error) {
    return refusalOf(error)
  }
}

function refusalOf(error: unknown): Verdict {
  const { code } = error as { code?: string }
  if (code === undefined) throw error
  return code === 'unavailable' ? 'undecided' : 'rejected'
}

function note(
  token: IssuedToken,
  { after, violations, counts, isStill }: Judging,
  { judge, verdict }: { judge: string; verdict: Verdict },
): void {
  counts[verdict]++
  if (verdict === 'accepted' && isDead(token))
    violations.push(`${judge} accepted a dead token (${token.kind}) after: ${after}`)
  if (verdict === 'rejected' && !isDead(token) && isStill)
    violations.push(`${judge} rejected a good token (${token.kind}) after: ${after}`)
}
