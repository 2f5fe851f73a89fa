import type { Query } from '#src/store/db.ts'
import { type Beginning, countBeginning, usersBeginning } from '#src/users/beginnings.sql.ts'
import { folded } from '#src/users/folded.ts'
import { lastText } from '#src/users/last-text.ts'
import type { After } from '#src/users/list.ts'
import { creationAfter } from '#src/users/newest-users.sql.ts'
import type { User } from '#src/users/user.ts'
import { listUsersBy } from '#src/users/user-list.sql.ts'

/** With fewer users, a search for parts of words reads all of them in milliseconds. */
const fewUsers = 20_000

/** With more matches, a scan of the newest users finds a page sooner. */
const maxMatches = 2000

type Wanted = {
  readonly q: string
  readonly state: User['state'] | undefined
  readonly role: string | undefined
  readonly after: After | undefined
  readonly limit: number
}

/**
 * Users whose email, username or full name begins with a text, newest first, by indexes. Undefined where a
 * search for the text as a part finds them as fast.
 */
export async function listBeginning(query: Query, wanted: Wanted): Promise<User[] | undefined> {
  const { q, after, limit } = wanted
  const place = { at: Number.MAX_SAFE_INTEGER, id: '' }
  if ((await creationAfter(query, { ...place, users: fewUsers })) === undefined) return undefined
  const beginnings = { email: beginning(q.normalize('NFC').toLowerCase()), name: beginning(folded(q)) }
  if ((await countBeginning(query, { ...beginnings, max: maxMatches })) >= maxMatches) return undefined
  const from = after === undefined ? place : { at: Number(after.key), id: after.id }
  const { state = null, role = null } = wanted
  return listUsersBy(query, usersBeginning({ ...beginnings, ...from, state, role, limit }))
}

function beginning(text: string): Beginning {
  return { from: text, until: `${text}${lastText}` }
}
