import { createHmac } from 'node:crypto'
import {
  currentOf,
  type IdTokenKey,
  isTrusted,
  type Key,
  type MacKey,
  type PublicJwk,
  type Purpose,
  type SigningKey,
} from '#src/keys/key.ts'
import { allKeys, insertKey, ringVersion, ringWithKeys, touchRing } from '#src/keys/keys.sql.ts'
import { type MasterKey, MasterKeyProblem } from '#src/keys/master-key.ts'
import { newSealedKey, opened, resealed, type SealedKey } from '#src/keys/sealed-key.ts'
import type { Clock, Instant } from '#src/platform/clock.ts'
import type { Random } from '#src/platform/random.ts'
import { throttled } from '#src/platform/throttled.ts'
import type { Db, Query } from '#src/store/db.ts'

/** The keys of this server, decrypted. Reloaded whenever the ring in the database has changed. */
export type KeyRing = {
  signingKey(): SigningKey
  /** A trusted key by its `kid`; undefined if it is unknown, revoked or retired for long enough. */
  verificationKey(kid: string): SigningKey | undefined
  /** RFC 7517: every key that a verifier may need now or soon. */
  jwks(): { keys: PublicJwk[] }
  /** Signs ID tokens with RS256; undefined until the first app is registered. */
  idTokenKey(): IdTokenKey | undefined
  /** A trusted key of ID tokens by its `kid`. */
  idTokenKeyById(kid: string): IdTokenKey | undefined
  macKey(): MacKey
  macKeyById(id: string): MacKey | undefined
  /** Includes revoked keys: the audit log is still checked against their MACs. */
  macKeyEver(id: string): MacKey | undefined
  /** Whether the ring has a key with this id, in any state. */
  has(id: string): boolean
  /** Reads the ring again with the given query if the database has a newer version. */
  follow(version: number, query: Query): Promise<void>
  /**
   * For an unknown id: checks for a newer ring. Concurrent callers share one query, and forged ids cause no
   * more than a few queries a second.
   */
  lookAgain(): Promise<void>
  reload(): Promise<void>
  /** Operations that need the master key. */
  readonly sealing: Sealing
}

export type Sealing = {
  newKey(properties: { purpose: Purpose; createdAt: Instant; usedFrom: Instant }): SealedKey
  /** Throws if a key in the database was sealed under a different master key. */
  prove(keys: readonly SealedKey[]): void
  isMaster(other: MasterKey): boolean
  reseal(key: SealedKey, to: MasterKey): SealedKey
  /** Call when the keys in the database have been sealed under this one. */
  changeMaster(to: MasterKey): void
}

type Outside = { db: Db; clock: Clock; random: Random; masterKey: MasterKey }

const lookEveryMs = 200

/**
 * Opens the ring, and creates its first keys in a new database. Throws if the master key is the wrong one.
 */
export async function openKeyRing({ db, clock, random, masterKey }: Outside): Promise<KeyRing> {
  const sealing = sealingWith(masterKey, random)
  await db.transaction(async (query) => {
    await touchRing(query)
    if ((await allKeys(query)).length > 0) return
    const now = clock.now()
    for (const purpose of ['sign', 'mac'] as const)
      await insertKey(query, sealing.newKey({ purpose, createdAt: now, usedFrom: now }))
  })
  let ring = await read(db.query, sealing.open, [])
  const reload = async (query: Query) => {
    const fresh = await read(query, sealing.open, ring.keys)
    // Of two concurrent reads, the older one may arrive last.
    if (fresh.version >= ring.version) ring = fresh
  }
  const follow = async (version: number, query: Query) => {
    if (version > ring.version) await reload(query)
  }
  const signing = () => ring.keys.filter((key) => key.purpose === 'sign')
  const forIdTokens = () => ring.keys.filter((key) => key.purpose === 'id_token')
  const macs = () => ring.keys.filter((key) => key.purpose === 'mac')
  const isGood = (key: Key) => isTrusted(key, clock.now())
  return {
    signingKey: () => needed(currentOf(signing(), clock.now()), 'signing'),
    verificationKey: (kid) => signing().find((key) => key.id === kid && isGood(key)),
    jwks: () => ({
      keys: [...signing(), ...forIdTokens()].filter(isGood).map((key) => key.jwk),
    }),
    idTokenKey: () => currentOf(forIdTokens(), clock.now()),
    idTokenKeyById: (kid) => forIdTokens().find((key) => key.id === kid && isGood(key)),
    macKey: () => needed(currentOf(macs(), clock.now()), 'MAC'),
    macKeyEver: (id) => macs().find((key) => key.id === id),
    macKeyById: (id) => macs().find((key) => key.id === id && isGood(key)),
    has: (id) => ring.keys.some((key) => key.id === id),
    follow,
    lookAgain: throttled(clock, lookEveryMs, async () => follow(await ringVersion(db.query), db.query)),
    reload: () => reload(db.query),
    sealing,
  }
}

/** A step: whether the database has keys. */
export async function holdsKeys(query: Query): Promise<boolean> {
  return (await allKeys(query)).length > 0
}

/**
 * A step: whether no keys were ever created here. It locks the ring, so that none are created in the
 * meantime.
 */
export async function isWithoutKeys(query: Query): Promise<boolean> {
  await touchRing(query)
  return !(await holdsKeys(query))
}

/** A step: opens every key and returns how many there are. Throws if the master key is the wrong one. */
export async function provedKeys(query: Query, master: MasterKey | undefined): Promise<number> {
  const keys = await allKeys(query)
  if (master === undefined && keys.length > 0) {
    throw new MasterKeyProblem('The database has keys, but there is no master key to open them.')
  }
  if (master) for (const key of keys) opened(key, master)
  return keys.length
}

/** RFC 2104 with SHA-256, truncated to 128 bits: enough for a tag that can only be guessed online. */
export function macOf(key: MacKey, message: string): string {
  return createHmac('sha256', key.secret).update(message).digest().subarray(0, 16).toString('base64url')
}

function sealingWith(masterKey: MasterKey, random: Random) {
  let master = masterKey
  return {
    open: (key: SealedKey) => opened(key, master),
    newKey: (properties) => newSealedKey(master, random, properties),
    prove(keys) {
      for (const key of keys) opened(key, master)
    },
    isMaster: ({ bytes }) => master.bytes.equals(bytes),
    reseal: (key, to) => resealed(key, { from: master, to, random }),
    changeMaster(to) {
      master = to
    },
  } satisfies Sealing & { open: (key: SealedKey) => Key }
}

/**
 * A key that is already open is not opened again, because only its dates can change. So a node with the
 * previous master key keeps working until there is a new key.
 */
async function read(
  query: Query,
  open: (key: SealedKey) => Key,
  known: readonly Key[],
): Promise<{ version: number; keys: Key[] }> {
  const { version, keys } = await ringWithKeys(query)
  return {
    version,
    keys: keys.map((sealed) => {
      const { usedFrom, retiredAt, revokedAt } = sealed
      const same = known.find(({ id, purpose }) => id === sealed.id && purpose === sealed.purpose)
      return same ? { ...same, usedFrom, retiredAt, revokedAt } : open(sealed)
    }),
  }
}

function needed<K>(key: K | undefined, kind: string): K {
  if (!key) throw new Error(`There is no ${kind} key in use. Run \`sigil key rotate\`.`)
  return key
}
