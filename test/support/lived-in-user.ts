import { randomId, systemRandom } from '#src/platform/random.ts'
import { sql } from '#src/store/sql.ts'
import type { World } from '#src/world/world.ts'

const dayMs = 24 * 60 * 60 * 1000
const agents = [
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.1 Safari/605.1.15',
  'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/131.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0',
] as const

/** Adds everything to a user that a page about one can show. */
export async function settle(world: World, { userId, clientId }: { userId: string; clientId: string }) {
  await openSessions(world, userId, 3)
  await addWaysIn(world, userId)
  await connect(world, userId, clientId)
}

/** Live sessions that began on the days before, from several devices. */
export async function openSessions({ db, clock }: World, userId: string, count: number): Promise<void> {
  const now = clock.now()
  for (let index = 0; index < count; index++) {
    const id = randomId(systemRandom)
    const at = now - index * 2.5 * dayMs
    const agent = agents[index % agents.length] ?? ''
    const lastExpiresAt = at + 90 * dayMs
    const expiresAt = Math.min(now + 14 * dayMs, lastExpiresAt)
    await db.query(sql`insert into sessions (id, user_id, handle_hash, method, amr, acr, authenticated_at,
        created_at, expires_at, last_expires_at, address, user_agent, counter, rotated_at, rotated_address,
        rotated_agent)
      values (${id}, ${userId}, ${id}, 'password', '["pwd"]', 'aal1', ${at}, ${at}, ${expiresAt},
        ${lastExpiresAt}, ${`192.0.2.${20 + index}`}, ${agent}, 0, ${now - index * 3_600_000}, '192.0.2.20',
        ${agent})`)
  }
}

async function addWaysIn({ db, clock }: World, userId: string): Promise<void> {
  const now = clock.now()
  const id = randomId(systemRandom)
  await db.query(sql`insert into passkeys (id, user_id, credential_id, public_key, counter, transports,
      aaguid, name, device_type, created_at, last_used_at)
    values (${id}, ${userId}, ${id}, 'key', 0, 'internal', '00000000-0000-0000-0000-000000000000',
      'iCloud Keychain', 'multi_device', ${now - 30 * dayMs}, ${now - dayMs})`)
  await db.query(sql`insert into totp_secrets (user_id, sealed, name, bound_to, created_at, confirmed_at)
    values (${userId}, 'sealed', '', '', ${now - 20 * dayMs}, ${now - 20 * dayMs})`)
  await db.query(sql`update users set second_factors = 'totp' where id = ${userId}`)
  await db.query(sql`insert into upstream_identities
      (id, user_id, provider, issuer, subject, label, linked_at)
    values (${id}, ${userId}, 'google', 'https://accounts.google.com', ${id}, 'grace@gmail.example',
      ${now - 10 * dayMs})`)
  await db.query(sql`insert into trusted_devices (id, token_hash, user_id, signature, address, user_agent,
      created_at, last_used_at, expires_at)
    select ${id}, ${id}, id, signature, '192.0.2.20', ${agents[0]}, ${now - dayMs}, ${now - dayMs},
      ${now + 29 * dayMs} from users where id = ${userId}`)
}

async function connect({ db, clock }: World, userId: string, clientId: string): Promise<void> {
  const now = clock.now()
  const id = randomId(systemRandom)
  await db.query(sql`insert into grants (id, user_id, client_id, scopes, audiences, handle_hash, counter, amr,
      acr, authenticated_at, created_at, expires_at, last_expires_at, rotated_at, rotated_address,
      rotated_agent)
    values (${id}, ${userId}, ${clientId}, 'openid email read offline_access', '[]', ${id}, 0, '["pwd"]',
      'aal1', ${now}, ${now - dayMs}, ${now + dayMs}, ${now + dayMs}, ${now - 3_600_000}, '192.0.2.20', '')`)
}
