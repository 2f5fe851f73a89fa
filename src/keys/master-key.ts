import { chmod, link, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decrypt, encrypt } from '#src/keys/encryption.ts'
import type { FailureCode } from '#src/platform/operator-error.ts'
import type { Random } from '#src/platform/random.ts'
import { makeFolder } from '#src/store/make-folder.ts'

/** 32 bytes that encrypt every other key. Never stored next to them, except by an embedded server. */
export type MasterKey = { readonly bytes: Buffer }

/** The master key is missing, unreadable or wrong. It is never replaced silently. */
export class MasterKeyProblem extends Error {
  override name = 'MasterKeyProblem'

  get failureCode(): FailureCode {
    return 'master_key'
  }
}

export function parseMasterKey(text: string): MasterKey {
  const bytes = Buffer.from(text.trim(), 'base64url')
  if (bytes.length !== 32 || bytes.toString('base64url') !== text.trim().replace(/=+$/, '')) {
    throw new MasterKeyProblem('The master key is not 32 bytes in base64url (43 characters).')
  }
  return { bytes }
}

/** Reads the key file of a data folder; undefined if there is none yet. */
export async function readMasterKey(dataDir: string): Promise<MasterKey | undefined> {
  const file = join(dataDir, 'master.key')
  try {
    return parseMasterKey(await readFile(file, 'utf8'))
  } catch (error) {
    if (error instanceof MasterKeyProblem)
      throw new MasterKeyProblem(`${file}: ${error.message} Restore the file from a backup.`)
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    const reason = error instanceof Error && 'code' in error ? error.code : error
    throw new MasterKeyProblem(
      `${file} cannot be read (${reason}). Make it readable for this user, or restore it from a backup.`,
    )
  }
}

/** Creates the key file with mode 0600. If another process was first, `link` fails, and its key is used. */
export async function makeMasterKey(dataDir: string, random: Random): Promise<MasterKey> {
  makeFolder(dataDir)
  const file = join(dataDir, 'master.key')
  const draft = `${file}.${random.bytes(6).toString('hex')}`
  await writeFile(draft, `${random.bytes(32).toString('base64url')}\n`, {
    mode: 0o600,
    flag: 'wx',
    flush: true,
  })
  await chmod(draft, 0o600)
  try {
    await link(draft, file)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    await rm(draft)
  }
  const made = await readMasterKey(dataDir)
  if (!made) throw new MasterKeyProblem(`${file} vanished while it was created.`)
  return made
}

/** Encrypts a key of the ring; `name` is authenticated, so that one sealed key cannot replace another. */
export function sealKey(master: MasterKey, name: string, plain: Buffer, random: Random): string {
  return encrypt(master.bytes, name, plain, random).toString('base64url')
}

/** Throws if the key was sealed under a different master key. */
export function unsealKey(master: MasterKey, name: string, sealed: string): Buffer {
  const plain = decrypt(master.bytes, name, Buffer.from(sealed, 'base64url'))
  if (plain) return plain
  throw new MasterKeyProblem(
    'The master key does not open the keys in this database.\n' +
      'Set SIGIL_MASTER_KEY, or master.key in the data folder, to the one that they were created with.',
  )
}
