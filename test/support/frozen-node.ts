import { byCli } from '#src/audit/by.ts'
import { addVerifier } from '#src/revocations/verifier-keys.ts'
import { sql } from '#src/store/sql.ts'
import { type Client, clientAt, type Reply } from '#test/support/client.ts'
import { sendForm } from '#test/support/forms.ts'
import { arrived, personWithRoles, signedIn } from '#test/support/people.ts'
import type { TestServer } from '#test/support/server.ts'
import type { WireSession } from '#test/support/wire-body.ts'

/** An administrator, a verifier, and a user whose session will be ended. */
export async function cast({ url, world }: TestServer) {
  const client = clientAt(url)
  const { access_token: admin } = await signedIn(client, await personWithRoles(world, ['admin']))
  const verifier = (await addVerifier(world, { name: 'verifier', by: byCli }))?.key ?? ''
  return { client, admin, verifier, session: (await arrived(client)).session }
}

export const frozenMs = 60_000

/** A leaseholder that may accept tokens for a minute and reads nothing after this position in the log. */
export async function freeze({ world }: TestServer, acked = 0): Promise<void> {
  await world.db.query(sql`insert into leaseholders (id, name, acked, beat, lease_ms, registered_at)
    values ('frozen', 'frozen', ${acked}, 0, ${frozenMs}, ${world.clock.now()})`)
}

export async function thaw({ world }: TestServer): Promise<void> {
  await world.db.query(sql`delete from leaseholders where id = 'frozen'`)
}

export async function isLetIn(
  { url }: { url: string },
  { access_token: bearer }: Pick<WireSession, 'access_token'>,
): Promise<boolean> {
  const { status } = await clientAt(url).get('/api/v1/auth/verify', { bearer })
  return status === 204
}

export function deletionOf(
  client: Client,
  { access_token }: WireSession,
  headers: Record<string, string> = {},
): Promise<Reply> {
  return client.send('DELETE', '/api/v1/me', { json: {}, bearer: access_token, headers })
}

export function revocationOf(client: Client, token: string, bearer: string): Promise<Reply> {
  return sendForm(client, '/oauth/revoke', { token }, { authorization: `Bearer ${bearer}` })
}
