import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import type { Clock, Instant } from '#src/clock.ts'
import {
  currentOf,
  isTrusted,
  type Key,
  type MacKey,
  type PublicJwk,
  type SigningKey,
} from '#src/keys/key.ts'
import { allKeys, claimRing, insertKey, type SealedKey } from '#src/keys/keys.sql.ts'
import { type MasterKey, seal, unseal } from '#src/keys/master-key.ts'
import { type Random, randomId } from '#src/random.ts'
import type { Db, Query } from '#src/store/db.ts'

/** The keys of this server, opened. Reloaded whenever the ring in the database has changed. */
export type KeyRing = {
  signingKey(): SigningKey
  /** A trusted key by its `kid`; undefined for unknown and revoked ones. */
  verificationKey(kid: string): SigningKey | undefined
  /** RFC 7517: every key that a verifier may meet now or soon. */
  jwks(): { keys: PublicJwk[] }
  macKey(): MacKey
  macKeyById(id: string): MacKey | undefined
  /** Revoked ones too: what they made is not to be trusted, but still to be held against it. */
  macKeyEver(id: string): MacKey | undefined
  reload(): Promise<void>
}

type Outside = { db: Db; clock: Clock; random: Random; masterKey: MasterKey }

/**
 * Opens the ring, and makes its first keys in a new database. Faults where the master key is not the right
 * one.
 */
export async function openKeyRing({ db, clock, random, masterKey }: Outside): Promise<KeyRing> {
  await db.transaction(async (query) => {
    await claimRing(query)
    if ((await allKeys(query)).length > 0) return
    await insertKey(query, newSigningKey(masterKey, random, clock.now()))
    await insertKey(query, newMacKey(masterKey, random, clock.now()))
  })
  let keys = await openAll(db.query, masterKey)
  const signing = () => keys.filter((key) => key.purpose === 'sign')
  const macs = () => keys.filter((key) => key.purpose === 'mac')
  return {
    signingKey: () => needed(currentOf(signing(), clock.now()), 'signing'),
    verificationKey: (kid) => signing().find((key) => key.id === kid && isTrusted(key)),
    jwks: () => ({
      keys: signing()
        .filter(isTrusted)
        .map((key) => key.jwk),
    }),
    macKey: () => needed(currentOf(macs(), clock.now()), 'MAC'),
    macKeyEver: (id) => macs().find((key) => key.id === id),
    macKeyById: (id) => macs().find((key) => key.id === id && isTrusted(key)),
    async reload() {
      keys = await openAll(db.query, masterKey)
    },
  }
}

/** A step: whether the database has keys that a master key must open. */
export async function holdsKeys(query: Query): Promise<boolean> {
  return (await allKeys(query)).length > 0
}

export function newSigningKey(master: MasterKey, random: Random, now: Instant): SealedKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const id = randomId(random)
  const { x, y } = publicKey.export({ format: 'jwk' }) as { x: string; y: string }
  const jwk: PublicJwk = { kty: 'EC', crv: 'P-256', x, y, kid: id, alg: 'ES256', use: 'sig' }
  const der = privateKey.export({ format: 'der', type: 'pkcs8' })
  return {
    ...sealedKey(master, random, now, { id, purpose: 'sign', plain: der }),
    publicJwk: JSON.stringify(jwk),
  }
}

export function newMacKey(master: MasterKey, random: Random, now: Instant): SealedKey {
  const id = random.bytes(6).toString('base64url')
  return sealedKey(master, random, now, { id, purpose: 'mac', plain: random.bytes(32) })
}

/** RFC 2104 with SHA-256, cut to 128 bits: enough for a tag that must be guessed online. */
export function macOf(key: MacKey, message: string): string {
  return createHmac('sha256', key.secret).update(message).digest().subarray(0, 16).toString('base64url')
}

function sealedKey(
  master: MasterKey,
  random: Random,
  now: Instant,
  made: { id: string; purpose: 'sign' | 'mac'; plain: Buffer },
): SealedKey {
  return {
    id: made.id,
    purpose: made.purpose,
    sealed: seal(master, `${made.purpose}:${made.id}`, made.plain, random),
    publicJwk: undefined,
    createdAt: now,
    usedFrom: now,
    retiredAt: undefined,
    revokedAt: undefined,
  }
}

async function openAll(query: Query, master: MasterKey): Promise<Key[]> {
  return (await allKeys(query)).map((sealed) => open(sealed, master))
}

function open(sealed: SealedKey, master: MasterKey): Key {
  const { id, usedFrom, retiredAt, revokedAt } = sealed
  const plain = unseal(master, `${sealed.purpose}:${id}`, sealed.sealed)
  if (sealed.purpose === 'mac') return { purpose: 'mac', id, usedFrom, retiredAt, revokedAt, secret: plain }
  const privateKey = createPrivateKey({ key: plain, format: 'der', type: 'pkcs8' })
  const publicKey = createPublicKey(privateKey)
  const jwk = JSON.parse(sealed.publicJwk ?? 'null') as PublicJwk
  return { purpose: 'sign', id, usedFrom, retiredAt, revokedAt, privateKey, publicKey, jwk }
}

function needed<K>(key: K | undefined, what: string): K {
  if (!key) throw new Error(`There is no ${what} key in use. Run \`sigil key rotate\`.`)
  return key
}
