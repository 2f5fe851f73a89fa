import { addUser } from '#src/accounts/add.ts'
import { byCli } from '#src/audit/by.ts'
import { sql } from '#src/store/sql.ts'
import type { World } from '#src/world/world.ts'
import { personWithRoles } from '#test/support/people.ts'

const hourMs = 60 * 60 * 1000
const names = ['Ada Lovelace', 'Grace Hopper', 'Alan Turing', 'Барбара Лисков', 'Edsger Dijkstra', 'Анна Ким']

/** Fills a server as weeks of use would, and returns an administrator of it. */
export async function fillServer(world: World): Promise<{ email: string; userId: string }> {
  for (const [index, fullName] of names.entries()) {
    await addUser(world, {
      email: `${fullName.split(' ').at(-1)?.toLowerCase()}.${index}@example.org`,
      password: undefined,
      username: undefined,
      fullName,
      roles: index === 1 ? ['default_user', 'subscriber'] : ['default_user'],
      address: '192.0.2.7',
      by: byCli,
    }).catch(() => undefined)
  }
  const { email, id } = await personWithRoles(world, ['default_user', 'admin'])
  await pastSignIns(world, id)
  return { email, userId: id }
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

/** The pages of the console, for a user of it. */
export function consolePaths(userId: string): string[] {
  return [
    '/admin',
    '/admin?period=30d',
    '/admin/users',
    '/admin/users?q=nobody-is-called-that',
    `/admin/users/${userId}`,
    `/admin/users/${userId}/disable`,
    `/admin/users/${userId}/delete`,
    '/admin/roles',
    '/admin/audit',
    '/admin/nodes',
    '/admin/keys',
    '/admin/settings',
    '/admin/health',
  ]
}
