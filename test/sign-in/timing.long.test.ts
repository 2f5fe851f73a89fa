import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { after, test } from 'node:test'
import { disable } from '#src/accounts/disable.ts'
import { bySystem } from '#src/audit/by.ts'
import type { World } from '#src/world/world.ts'
import { type Client, clientAt } from '#test/support/client.ts'
import { type Engine, onBothEngines, type Place } from '#test/support/engines.ts'
import { goodPassword, newEmail, signedUp, signIn } from '#test/support/people.ts'
import { likelinessOfOneSource } from '#test/support/rank-test.ts'
import { migrateAll } from '#test/support/schema.ts'
import { startServer } from '#test/support/server.ts'

/** Below this two kinds of sign-in are said to differ. */
const alpha = 0.001
const plantedMs = 2
/** A sample is the fastest of so many, because whatever else the machine does can only make it slower. */
const fastestOf = 5
const samplesAtOnce = 15
/** Long enough for a busy machine; a quiet one sees the leak within seconds, and stops there. */
const patienceMs = 60_000
const attempts = 3

type Kind = { readonly login: string; readonly password: string; readonly extraMs: number }
type Times = Readonly<Record<string, number[]>>

test('the rank test finds a planted difference and no other', () => {
  const from = (first: number) => Array.from({ length: 10 }, (_, index) => first + index)
  const near = (likeliness: number, wanted: number) => assert.ok(Math.abs(likeliness / wanted - 1) < 0.01)
  near(likelinessOfOneSource(from(1), from(11)), 1.57e-4)
  near(likelinessOfOneSource(from(11), from(1)), 1.57e-4)
  near(likelinessOfOneSource(from(1), from(6)), 0.00451)
  near(likelinessOfOneSource(from(1), from(1)), 1)
  assert.equal(likelinessOfOneSource([1, 1, 1], [1, 1, 1]), 1)
})

onBothEngines('timing of failed sign-ins', (engine) => {
  /**
   * Samples are taken until a leak of 2 ms that the harness plants is told from the known login: while that
   * one is not seen, seeing no other proves nothing, and so it fails. What looks like a real leak is measured
   * again, and counts when it is seen three times: by chance once in a thousand million.
   */
  test('failed sign-ins take as long for known, unknown and disabled logins', async (t) => {
    const { url, world } = await startServer(await quietPlace(engine))
    const client = clientAt(url)
    const kinds = await kindsOf(client, world)
    let suspects = ['unknown', 'disabled']
    for (let attempt = 1; attempt <= attempts && suspects.length > 0; attempt++) {
      const times = await sampled(client, kinds)
      const p = (kind: string) => likelinessOfOneSource(times[kind] ?? [], times.known ?? [])
      suspects = suspects.filter((kind) => p(kind) < alpha)
      const isProof = suspects.length > 0 || isPlantSeen(times)
      assert.ok(isProof, `Not even a leak of ${plantedMs} ms was seen: the machine is too busy to tell.`)
      for (const kind of Object.keys(kinds)) {
        t.diagnostic(`${kind}: median ${median(times[kind]).toFixed(2)} ms, p = ${p(kind).toExponential(1)}`)
      }
    }
    assert.deepEqual(suspects, [], 'These can be told from a known login by how long they take.')
  })
})

/** On a disk every write waits for everybody else's; where there is a folder in memory, it is used. */
async function quietPlace(engine: Engine): Promise<Place> {
  const place = await engine.freshPlace()
  if (engine.dialect !== 'sqlite' || !existsSync('/dev/shm')) return place
  const dataDir = mkdtempSync('/dev/shm/sigil-test-')
  after(() => rmSync(dataDir, { recursive: true, force: true }))
  await migrateAll({ ...place, dataDir })
  return { ...place, dataDir }
}

async function kindsOf(client: Client, world: World): Promise<Readonly<Record<string, Kind>>> {
  const known = await signedUp(client)
  const disabled = await signedUp(client)
  await disable(world, { userId: disabled.id, by: bySystem })
  const wrong = { password: 'not the password 77', extraMs: 0 }
  const kinds = {
    known: { login: known.email, ...wrong },
    unknown: { login: newEmail(), ...wrong },
    disabled: { login: disabled.email, password: goodPassword, extraMs: 0 },
    planted: { login: newEmail(), ...wrong, extraMs: plantedMs },
  }
  for (let warm = 0; warm < 10; warm++) for (const kind of Object.values(kinds)) await timed(client, kind)
  return kinds
}

async function sampled(client: Client, kinds: Readonly<Record<string, Kind>>): Promise<Times> {
  const times: Times = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, []]))
  const began = performance.now()
  while (!isPlantSeen(times) && performance.now() - began < patienceMs) {
    await sampleMore(client, kinds, times)
  }
  return times
}

function isPlantSeen({ planted = [], known = [] }: Times): boolean {
  return likelinessOfOneSource(planted, known) < alpha
}

/** Interleaved, in another order each time, so that whatever drifts meets all kinds alike. */
async function sampleMore(
  client: Client,
  kinds: Readonly<Record<string, Kind>>,
  times: Times,
): Promise<void> {
  for (let round = 0; round < samplesAtOnce; round++) {
    const order = Object.keys(kinds).map((name) => ({ name, place: Math.random() }))
    const fastest = new Map<string, number>()
    for (let again = 0; again < fastestOf; again++) {
      for (const { name } of order.sort((one, other) => one.place - other.place)) {
        const kind = kinds[name]
        assert.ok(kind)
        fastest.set(name, Math.min(fastest.get(name) ?? Number.POSITIVE_INFINITY, await timed(client, kind)))
      }
    }
    for (const [name, ms] of fastest) times[name]?.push(ms)
  }
}

async function timed(client: Client, { login, password, extraMs }: Kind): Promise<number> {
  const began = performance.now()
  const { status } = await signIn(client, { login, password })
  const answered = performance.now()
  assert.equal(status, 401)
  return answered - began + extraMs
}

function median(values: readonly number[] = []): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0
}
