import { createHash, hash } from 'node:crypto'

export type Sha512Crypt = { readonly password: string; readonly salt: string; readonly rounds: number }

/** https://www.akkadia.org/drepper/SHA-crypt.txt: the 64 bytes that crypt(3) encodes after `$6$`. */
export function sha512Crypt({ password, salt, rounds }: Sha512Crypt): Buffer {
  const [key, salted] = [Buffer.from(password), Buffer.from(salt)]
  const mixed = sha512(key, salted, key)
  const bits: Buffer[] = []
  for (let left = key.length; left > 0; left >>= 1) bits.push(left & 1 ? mixed : key)
  let result = sha512(key, salted, filled(mixed, key.length), ...bits)
  const p = filled(sha512(...Array.from(key, () => key)), key.length)
  const saltCopies = Array.from({ length: 16 + (result[0] ?? 0) }, () => salted)
  const s = filled(sha512(...saltCopies), salted.length)
  for (let round = 0; round < rounds; round++) {
    const isOdd = (round & 1) === 1
    const parts = [isOdd ? p : result, round % 3 ? s : empty, round % 7 ? p : empty, isOdd ? result : p]
    result = hash('sha512', Buffer.concat(parts), 'buffer')
  }
  return result
}

/** The text of crypt(3) as bytes; undefined if it is invalid. */
export function sha512CryptKey(text: string): Buffer | undefined {
  if (!/^[./0-9A-Za-z]{86}$/.test(text)) return undefined
  const key = Buffer.alloc(64)
  for (let group = 0; group < 22; group++) {
    const letters = text.slice(group * 4, group * 4 + 4)
    const value = [...letters].reduce((sum, letter, at) => sum + alphabet.indexOf(letter) * 64 ** at, 0)
    const places = placesOf(group)
    if (value >= 256 ** places.length) return undefined
    for (const [at, place] of places.entries()) key[place] = (value >> (8 * (places.length - 1 - at))) & 255
  }
  return key
}

const alphabet = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const empty = Buffer.alloc(0)

/**
 * Which bytes four characters encode, the most significant first; the last two characters encode one byte.
 */
function placesOf(group: number): number[] {
  if (group === 21) return [63]
  const places = [group, group + 21, group + 42]
  const turn = group % 3
  return [...places.slice(turn), ...places.slice(0, turn)]
}

function sha512(...parts: readonly Buffer[]): Buffer {
  const made = createHash('sha512')
  for (const part of parts) made.update(part)
  return made.digest()
}

/** The bytes, repeated and cut to a length. */
function filled(bytes: Buffer, length: number): Buffer {
  return length === 0 ? empty : Buffer.alloc(length, bytes)
}
