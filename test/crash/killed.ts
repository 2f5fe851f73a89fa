import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { TestContext } from 'node:test'
import { type Chance, seededChance } from '#test/crash/chance.ts'
import { assertConsistent } from '#test/crash/consistent.ts'
import { Person } from '#test/crash/person.ts'
import { clientAt } from '#test/support/client.ts'
import type { Place } from '#test/support/engines.ts'
import { goodPassword, signedIn } from '#test/support/people.ts'
import { killWhileStarting, type ServerProcess, spawnServer } from '#test/support/processes.ts'

const people = 6

/**
 * The grace period is long because a refresh without a response is repeated after the restart. The lease is
 * short because a logout waits that long for a killed node.
 */
const environment = () => ({
  SIGIL_PUBLIC_URL: 'http://localhost:1',
  SIGIL_MASTER_KEY: randomBytes(32).toString('base64url'),
  SIGIL_REFRESH_GRACE: '5m',
  SIGIL_REVOCATION_LEASE: '500ms',
  SIGIL_LOG_LEVEL: 'warn',
})

/** Kills a server this many times while people use it, and checks everything that it has acknowledged. */
export async function killUnderLoad(place: Place, kills: number, t: TestContext): Promise<void> {
  const chance = seededChance()
  t.diagnostic(`SIGIL_TEST_SEED=${chance.seed}`)
  const env = environment()
  const persons = Array.from({ length: people }, (_, i) => new Person(`person${i}@example.org`, chance))
  let server = await spawnServer(place, env)
  for (const person of persons) await person.join(clientAt(server.url))
  for (let kill = 1; kill <= kills; kill++) {
    const endedBefore = persons.map(({ ended }) => ended.length)
    await loadUntilKilled(server, persons, chance)
    // Every second time the server itself is the first to open the database after the crash.
    if (kill % 2 === 0) assertSignedUp(await assertConsistent(place), persons)
    server = await spawnServer(place, env)
    const node = clientAt(server.url)
    await Promise.all(persons.map((person, index) => person.check(node, endedBefore[index] ?? 0)))
  }
  const node = clientAt(server.url)
  await Promise.all(persons.map((person) => person.check(node, 0)))
  await signedIn(node, { email: persons[0]?.signedUp.at(-1) ?? '', password: goodPassword })
  assert.equal(await server.stop(), 0)
  assertSignedUp(await assertConsistent(place), persons)
  const acknowledged = persons.reduce((sum, person) => sum + person.acknowledged, 0)
  t.diagnostic(`${acknowledged} acknowledged writes, ${persons.flatMap(({ ended }) => ended).length} ends`)
  assert.ok(acknowledged > kills * people)
}

/** Kills a server this many times while it starts on an empty database, then starts it and uses it. */
export async function killWhileItStarts(place: Place, kills: number, t: TestContext): Promise<void> {
  const chance = seededChance()
  t.diagnostic(`SIGIL_TEST_SEED=${chance.seed}`)
  const { SIGIL_MASTER_KEY: _, ...env } = environment()
  for (let kill = 1; kill <= kills; kill++) await killWhileStarting(place, env, chance.between(100, 600))
  const server = await spawnServer(place, env)
  const person = new Person('person@example.org', chance)
  const node = clientAt(server.url)
  await person.join(node)
  for (let acts = 0; acts < 10; acts++) await person.act(node)
  await person.check(node, 0)
  assert.equal(await server.stop(), 0)
  await assertConsistent(place)
}

/** All act at once. After a random number of responses the process is killed, with requests in flight. */
async function loadUntilKilled(server: ServerProcess, persons: readonly Person[], chance: Chance) {
  let left = chance.between(people, people * 8)
  let killing: Promise<void> | undefined
  const node = clientAt(server.url)
  const lives = persons.map(async (person) => {
    while (killing === undefined) {
      try {
        await person.act(node)
      } catch (error) {
        if (killing === undefined || error instanceof assert.AssertionError) throw error
      }
      if (--left <= 0) killing ??= server.kill('SIGKILL')
    }
  })
  await Promise.all(lives)
  await killing
}

function assertSignedUp(emails: ReadonlySet<string>, persons: readonly Person[]): void {
  const lost = persons.flatMap(({ signedUp }) => signedUp).filter((email) => !emails.has(email))
  assert.deepEqual(lost, [])
}
