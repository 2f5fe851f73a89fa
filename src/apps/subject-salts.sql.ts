import type { Query } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

export async function sealedSalt(query: Query): Promise<string | undefined> {
  const [row] = await query(sql`select sealed from subject_salts where id = 1`)
  return row?.sealed as string | undefined
}

/** Keeps the existing one: another salt would change the id of every user. */
export async function putSalt(query: Query, sealed: string): Promise<void> {
  await query(sql`insert into subject_salts (id, sealed) values (1, ${sealed}) on conflict (id) do nothing`)
}
