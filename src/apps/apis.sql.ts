import type { Api } from '#src/apps/api.ts'
import type { AllowedApi } from '#src/apps/app.ts'
import type { Instant } from '#src/platform/clock.ts'
import type { Query, Row } from '#src/store/db.ts'
import { sql } from '#src/store/sql.ts'

/** Returns false if the name or the audience is in use. */
export async function insertApi(query: Query, api: Api): Promise<boolean> {
  const rows = await query(sql`insert into apis (id, name, audience, scopes, open_at, created_at)
    values (${api.id}, ${api.name}, ${api.audience}, ${JSON.stringify(api.scopes)},
      ${api.isOpen ? api.createdAt : null}, ${api.createdAt})
    on conflict do nothing returning id`)
  return rows.length === 1
}

/** Changes the given fields of an API. */
export async function updateApi(
  query: Query,
  { name, scopes, isOpen, now }: ApiEdit & { readonly name: string; readonly now: Instant },
): Promise<Api | undefined> {
  const openAt = isOpen ? now : null
  const [row] = await query(sql`update apis
    set scopes = coalesce(${scopes === undefined ? null : JSON.stringify(scopes)}, scopes),
      open_at = case when ${isOpen === undefined ? 1 : 0} = 1 then open_at else ${openAt} end
    where name = ${name} returning *`)
  return row && fromRow(row)
}

export type ApiEdit = { readonly scopes?: Api['scopes'] | undefined; readonly isOpen?: boolean | undefined }

/** The APIs for which apps that registered themselves may request tokens. */
export async function openApis(query: Query): Promise<AllowedApi[]> {
  const rows = await query(sql`select * from apis where open_at is not null order by created_at, name
    limit ${maxOpen}`)
  return rows.map(fromRow).map(({ name, audience, scopes }) => ({
    name,
    audience,
    scopes: Object.keys(scopes),
  }))
}

/** The same maximum as for an app of the operator. */
const maxOpen = 50

/** Locks the row of an API, so that concurrent changes run one after the other. */
export async function lockApi(query: Query, name: string): Promise<Api | undefined> {
  const [row] = await query(sql`update apis set name = name where name = ${name} returning *`)
  return row && fromRow(row)
}

export async function apiByName(query: Query, name: string): Promise<Api | undefined> {
  const [row] = await query(sql`select * from apis where name = ${name}`)
  return row && fromRow(row)
}

export async function apiByAudience(query: Query, audience: string): Promise<Api | undefined> {
  const [row] = await query(sql`select * from apis where audience = ${audience}`)
  return row && fromRow(row)
}

/** Returns a page of APIs by name. */
export async function listApis(
  query: Query,
  { after, limit }: { after: string; limit: number },
): Promise<Api[]> {
  const rows = await query(sql`select * from apis where name > ${after} order by name limit ${limit}`)
  return rows.map(fromRow)
}

/** Throws `BrokenReference` while an app may use it. */
export async function deleteApi(query: Query, name: string): Promise<boolean> {
  return (await query(sql`delete from apis where name = ${name} returning id`)).length === 1
}

function fromRow(row: Row): Api {
  return {
    id: row.id as string,
    name: row.name as string,
    audience: row.audience as string,
    scopes: JSON.parse(row.scopes as string) as Api['scopes'],
    isOpen: row.open_at !== null,
    isManaged: row.managed_at !== null,
    createdAt: row.created_at as Instant,
  }
}
