import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { byCli } from '#src/audit/by.ts'
import type { Instant } from '#src/platform/clock.ts'
import { systemClock } from '#src/platform/clock.ts'
import { addVerifier } from '#src/revocations/verifier-keys.ts'
import { prepareMint } from '#src/tokens/mint.ts'
import type { World } from '#src/world/world.ts'
import type { Owner, SimulatedApp } from '#test/simulation/grant-model.ts'
import { chanceOf } from '#test/simulation/universe.ts'
import { registerSite } from '#test/support/app-host.ts'
import { registerApi, registerApp } from '#test/support/app-sign-in.ts'
import { newProofKey, type ProofKey } from '#test/support/dpop.ts'
import type { Place } from '#test/support/engines.ts'
import { personWithRoles } from '#test/support/people.ts'
import { serveTestWorld } from '#test/support/test-world.ts'
import type { Verifier } from '../../sdk/verify/src/verify.ts'
import { attached } from '../../sdk/verify/test/support/attached.ts'

/** Servers on one database, a verifier of the issuer and one of an API, and the holders of rights. */
export type GrantScene = {
  readonly nodes: readonly World[]
  readonly audience: string
  readonly ofIssuer: Verifier
  readonly ofApi: Verifier
  readonly owners: Owner[]
  readonly apps: SimulatedApp[]
  /** A whole number from `min` to below `max`. */
  readonly between: (min: number, max: number) => number
  /** How far the wall clocks of the servers and of the verifiers were set forward. */
  readonly steps: { servers: number; verifiers: number }
  /** What tokens are bound to. */
  readonly key: ProofKey
  newApp(kind: Pick<SimulatedApp, 'isSite'>): Promise<SimulatedApp>
  newOwner(): Promise<Owner>
}

export async function grantScene(
  place: Place,
  { seed, nodeCount }: { seed: number; nodeCount: number },
): Promise<GrantScene> {
  const chance = chanceOf(seed)
  let registered = 0
  const steps = { servers: 0, verifiers: 0 }
  const clock = { ...systemClock, now: () => systemClock.now() + steps.servers }
  const env = {
    SIGIL_PUBLIC_URL: 'https://auth.example.org',
    SIGIL_MASTER_KEY: randomBytes(32).toString('base64url'),
  }
  const servers = []
  for (let node = 0; node < nodeCount; node++) servers.push(await serveTestWorld(place, { clock, env }))
  const [first, last] = [servers[0] ?? assert.fail(), servers.at(-1) ?? assert.fail()]
  const { world } = first
  const api = await registerApi(world)
  const added = await addVerifier(world, { name: api.name, apiId: api.id, by: byCli })
  const verifying = { clock: { ...systemClock, now: () => systemClock.now() + steps.verifiers } }
  const scene: GrantScene = {
    nodes: servers.map((server) => server.world),
    audience: api.audience,
    ofIssuer: await attached(first, verifying),
    ofApi: await attached(last, { ...verifying, audience: api.audience, key: added?.key ?? '' }),
    owners: [],
    apps: [],
    between: (min, max) => min + Math.floor(chance() * (max - min)),
    steps,
    key: await newProofKey(),
    async newApp({ isSite }) {
      // The tokens of every other app do not name their session.
      const subjectType = registered++ % 2 === 0 ? 'public' : 'pairwise'
      const clientId = isSite
        ? (await registerSite(world)).app.clientId
        : (await registerApp(world, { apis: [{ name: api.name }], subjectType })).id
      return { clientId, isSite, isEnded: false }
    },
    async newOwner() {
      const person = await personWithRoles(world, ['default_user'])
      return { ...person, everything: { isEnded: false }, sessions: [], grants: [] }
    },
  }
  for (let count = 0; count < 2; count++) {
    scene.owners.push(await scene.newOwner())
    scene.apps.push(await scene.newApp({ isSite: false }))
  }
  scene.apps.push(await scene.newApp({ isSite: true }))
  return scene
}

export function oneOf<T>({ between }: GrantScene, all: readonly T[]): T | undefined {
  return all[between(0, all.length)]
}

export function nodeOf(scene: GrantScene): World {
  return oneOf(scene, scene.nodes) ?? assert.fail()
}

/** The same, ready to mint a token, and the moment that the token is dated by. */
export async function mintingNodeOf(scene: GrantScene): Promise<{ world: World; now: Instant }> {
  const world = nodeOf(scene)
  await prepareMint(world, world.clock.now())
  return { world, now: world.clock.now() }
}
