import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { type Chance, seededChance } from '#test/crash/chance.ts'
import { Person } from '#test/crash/person.ts'
import { assertWhole } from '#test/crash/whole.ts'
import { clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { goodPassword, signedIn } from '#test/support/people.ts'
import { killWhileStarting, type ServerProcess, spawnServer } from '#test/support/processes.ts'

const kills = 30
const people = 6

/**
 * The grace is long, for a token whose refresh was not answered is refreshed again after the restart; the
 * lease is short, for a logout waits as long for a node that was killed.
 */
const environment = () => ({
  SIGIL_PUBLIC_URL: 'http://localhost:1',
  SIGIL_MASTER_KEY: randomBytes(32).toString('base64url'),
  SIGIL_REFRESH_GRACE: '5m',
  SIGIL_REVOCATION_LEASE: '500ms',
  SIGIL_LOG_LEVEL: 'warn',
})

onBothEngines('a server that is killed', ({ freshPlace, emptyPlace }) => {
  test(`${kills} times under load keeps all that it acknowledged`, async (t) => {
    const chance = seededChance()
    t.diagnostic(`SIGIL_TEST_SEED=${chance.seed}`)
    const place = await freshPlace()
    const env = environment()
    const persons = Array.from({ length: people }, (_, i) => new Person(`person${i}@example.org`, chance))
    let server = await spawnServer(place, env)
    for (const person of persons) await person.join(clientAt(server.url))
    for (let kill = 1; kill <= kills; kill++) {
      const deadBefore = persons.map(({ dead }) => dead.length)
      await loadUntilKilled(server, persons, chance)
      // Every second time the server itself is the first to open what the crash left.
      if (kill % 2 === 0) assertSignedUp(await assertWhole(place), persons)
      server = await spawnServer(place, env)
      const node = clientAt(server.url)
      await Promise.all(persons.map((person, index) => person.check(node, deadBefore[index] ?? 0)))
    }
    const node = clientAt(server.url)
    await Promise.all(persons.map((person) => person.check(node, 0)))
    await signedIn(node, { email: persons[0]?.signedUp.at(-1) ?? '', password: goodPassword })
    assert.equal(await server.stop(), 0)
    assertSignedUp(await assertWhole(place), persons)
    const acknowledged = persons.reduce((sum, person) => sum + person.acknowledged, 0)
    t.diagnostic(`${acknowledged} acknowledged writes, ${persons.flatMap(({ dead }) => dead).length} ends`)
    assert.ok(acknowledged > kills * people)
  })

  test('while it starts for the first time starts the next time', async (t) => {
    const chance = seededChance()
    t.diagnostic(`SIGIL_TEST_SEED=${chance.seed}`)
    const place = await emptyPlace()
    const { SIGIL_MASTER_KEY: _, ...env } = environment()
    for (let kill = 1; kill <= 8; kill++) await killWhileStarting(place, env, chance.between(100, 600))
    const server = await spawnServer(place, env)
    const person = new Person('person@example.org', chance)
    const node = clientAt(server.url)
    await person.join(node)
    for (let acts = 0; acts < 10; acts++) await person.act(node)
    await person.check(node, 0)
    assert.equal(await server.stop(), 0)
    await assertWhole(place)
  })
})

/** All act at once, and after so many answers the process is killed, whatever is under way. */
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
