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

/** The keys of this server, opened. It is read again whenever the ring in the database has changed. */
export type KeyRing = {
  signingKey(): SigningKey
  /** A trusted key by its `kid`; undefined for unknown, revoked and long retired ones. */
  verificationKey(kid: string): SigningKey | undefined
  /** RFC 7517: every key that a verifier may meet now or soon. */
  jwks(): { keys: PublicJwk[] }
  /** Signs ID tokens with RS256; undefined until the first app is registered. */
  idTokenKey(): IdTokenKey | undefined
  /** A trusted key of ID tokens by its `kid`. */
  idTokenKeyById(kid: string): IdTokenKey | undefined
  macKey(): MacKey
  macKeyById(id: string): MacKey | undefined
  /** Revoked ones too: what they made is not to be trusted, but still to be held against it. */
  macKeyEver(id: string): MacKey | undefined
  /** Whether there is a key of this name here, whatever it is still good for. */
  has(id: string): boolean
  /** Reads the ring anew, by the given query, where the database has a newer one than this. */
  follow(version: number, query: Query): Promise<void>
  /**
   * For a name that is not here: asks whether there is a newer ring. All who ask share one look, and forged
   * names cause no more than a few of them in a second.
   */
  lookAgain(): Promise<void>
  reload(): Promise<void>
  /** What only whoever has the master key can do. */
  readonly sealing: Sealing
}

export type Sealing = {
  newKey(making: { purpose: Purpose; createdAt: Instant; usedFrom: Instant }): SealedKey
  /** Faults where a key in the database was sealed under another master key than ours. */
  prove(keys: readonly SealedKey[]): void
  isMaster(other: MasterKey): boolean
  reseal(key: SealedKey, to: MasterKey): SealedKey
  /** The keys in the database are sealed under this one from now on. */
  changeMaster(to: MasterKey): void
}

type Outside = { db: Db; clock: Clock; random: Random; masterKey: MasterKey }

const lookEveryMs = 200

/**
 * Opens the ring, and makes its first keys in a new database. Faults where the master key is not the right
 * one.
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
    // Of two that were read at once, the older one may arrive last.
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

/** A step: whether the database has keys that a master key must open. */
export async function holdsKeys(query: Query): Promise<boolean> {
  return (await allKeys(query)).length > 0
}

/** A step: whether no keys were ever made here. It takes the ring, so that none are made meanwhile. */
export async function isWithoutKeys(query: Query): Promise<boolean> {
  await touchRing(query)
  return !(await holdsKeys(query))
}

/** A step: how many keys there are, all of which the master key opens; faults where it is not the one. */
export async function provedKeys(query: Query, master: MasterKey | undefined): Promise<number> {
  const keys = await allKeys(query)
  if (master === undefined && keys.length > 0) {
    throw new MasterKeyProblem('The database has keys, but there is no master key to open them.')
  }
  if (master) for (const key of keys) opened(key, master)
  return keys.length
}

/** RFC 2104 with SHA-256, cut to 128 bits: enough for a tag that must be guessed online. */
export function macOf(key: MacKey, message: string): string {
  return createHmac('sha256', key.secret).update(message).digest().subarray(0, 16).toString('base64url')
}

function sealingWith(masterKey: MasterKey, random: Random) {
  let master = masterKey
  return {
    open: (key: SealedKey) => opened(key, master),
    newKey: (making) => newSealedKey(master, random, making),
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
 * A key that is open already is not opened again: its life may have changed, it itself never does. So a node
 * that still has the former master key goes on until there is a key that it does not know.
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

function needed<K>(key: K | undefined, what: string): K {
  if (!key) throw new Error(`There is no ${what} key in use. Run \`sigil key rotate\`.`)
  return key
}
