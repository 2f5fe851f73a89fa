import { addUser } from '#src/accounts/add.ts'
import { addApi } from '#src/apps/add-api.ts'
import { addApp } from '#src/apps/add-app.ts'
import { emptyApp } from '#src/apps/on-wire.ts'
import { byCli } from '#src/audit/by.ts'
import { randomId, systemRandom } from '#src/platform/random.ts'
import { addVerifier } from '#src/revocations/verifier-keys.ts'
import { sql } from '#src/store/sql.ts'
import type { World } from '#src/world/world.ts'
import type { Filled } from '#test/support/console-pages.ts'
import { openSessions, settle } from '#test/support/lived-in-user.ts'
import { personWithRoles } from '#test/support/people.ts'

const hourMs = 60 * 60 * 1000
const names = ['Ada Lovelace', 'Grace Hopper', 'Alan Turing', 'Барбара Лисков', 'Edsger Dijkstra', 'Анна Ким']

/** Fills a server like weeks of use would, and returns an administrator and the other data of the pages. */
export async function fillServer(world: World): Promise<Filled> {
  const ids: string[] = []
  for (const [index, fullName] of names.entries()) {
    const user = await addUser(world, {
      email: `${fullName.split(' ').at(-1)?.toLowerCase()}.${index}@example.org`,
      password: undefined,
      username: undefined,
      fullName,
      roles: index === 1 ? ['default_user', 'subscriber'] : ['default_user'],
      address: '192.0.2.7',
      by: byCli,
    }).catch(() => undefined)
    if (user) ids.push(user.id)
  }
  const { email, id } = await personWithRoles(world, ['default_user', 'admin'])
  await pastSignIns(world, id)
  const [ada = id, grace = id, ...others] = ids
  const filled = await fillConsole(world, grace)
  await settle(world, { userId: grace, clientId: filled.clientId })
  for (const userId of [ada, ...others]) await openSessions(world, userId, 2)
  return { email, userId: grace, ...filled }
}

/** One app with a grant, one API with a verifier key, and one mail in each state. */
export async function fillConsole(world: World, userId: string) {
  const number = world.random.bytes(4).toString('hex')
  const apiName = `notes-${number}`
  const scopes = { read: 'Read your notes', write: 'Write your notes' }
  const api = await addApi(world, {
    ...{ name: apiName, scopes, isOpen: false, by: byCli },
    audience: `https://${apiName}.example`,
  })
  const verifierName = `notes-api-${number}`
  await addVerifier(world, { name: verifierName, apiId: api.id, by: byCli })
  const { app } = await addApp(world, {
    ...emptyApp,
    name: 'Notes',
    kind: 'web',
    redirectUris: ['https://notes.example/callback'],
    apis: [{ name: apiName }],
    by: byCli,
  })
  await addApp(world, { ...emptyApp, name: 'Nightly export', kind: 'machine', by: byCli })
  return { clientId: app.clientId, apiName, verifierName, deliveryId: await deliveries(world, userId) }
}

async function deliveries({ db, clock }: World, userId: string): Promise<string> {
  const now = clock.now()
  const id = randomId(systemRandom)
  const rows = [
    [id, 'dead', 'The mail server rejected the recipient: 550 no such mailbox'],
    [randomId(systemRandom), 'sent', null],
    [randomId(systemRandom), 'due', 'connect ECONNREFUSED 192.0.2.25:587'],
  ] as const
  for (const [one, state, error] of rows) {
    await db.query(sql`insert into outbox_deliveries (id, key, kind, recipient, payload, state, attempts,
        next_attempt_at, expires_at, created_at, finished_at, last_error)
      values (${one}, ${one}, 'message', ${userId}, 'sealed', ${state}, 3, ${now + hourMs}, ${now + hourMs},
        ${now - hourMs}, ${state === 'due' ? null : now}, ${error})`)
  }
  return id
}

/** Sign-ins of 30 days that rise and fall with the days, and a night of guesses. */
async function pastSignIns({ db, clock }: World, userId: string): Promise<void> {
  const now = clock.now()
  await db.transaction(async (query) => {
    for (let hour = 0; hour < 30 * 24; hour++) {
      const at = now - hour * hourMs
      const attempts = 6 + Math.round(5 * Math.sin(hour / 3.8) + 4 * Math.sin(hour / 27))
      const wrong = hour % 5 === 0 ? 2 : 0
      const limited = hour > 60 && hour < 66 ? 30 : 0
      const rows = [
        ['signed_in', Math.max(0, attempts)],
        ['wrong_credentials', wrong],
        ['limited', limited],
      ] as const
      for (const [outcome, count] of rows) {
        if (count === 0) continue
        await query(sql`insert into sign_ins (id, user_id, at, outcome, method, attempts, address, user_agent)
          values (${`${outcome}-${hour}`}, ${userId}, ${at}, ${outcome}, 'password', ${count}, '192.0.2.7',
            'Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0')`)
      }
    }
  })
}
