import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FirebaseParameters, fromFirebase } from '#src/credentials/passwords/firebase.ts'
import { readForeignHash } from '#src/credentials/passwords/foreign-hash.ts'
import { sawWholePassword, verifyForeign } from '#src/credentials/passwords/verify-foreign.ts'
import { firebase } from '#test/credentials/passwords/firebase-example.ts'
import {
  longPassword,
  longSha512Crypt,
  pythonHashes,
  pythonPassword,
} from '#test/credentials/passwords/python-hashes.ts'

const long =
  '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are ignored'
const manyLanes = '/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWIurzDZLiKjiG/xCSedmDDaxyevuUqD7m2DYMvfoswGQA'
const alike =
  '1517d66f2c50f9feac4d34e3b20e79d02bedda796904855447bd5f8509281e6b4949c876b8fecfb06a05b855af675657' +
  'ab6bc0ccfb778ee0aadd454f37ee070a'

/** Published test vectors, and hashes of Python's hashlib. */
const known: Readonly<Record<string, readonly [password: string, hash: string]>> = {
  'pbkdf2_sha256 of passlib, from its documentation': [
    'password',
    '$pbkdf2-sha256$6400$.6UI/S.nXIk8jcbdHx3Fhg$98jZicV16ODfEsEZeYPGHU3kbrUrvUEXOPimVSQDD44',
  ],
  'pbkdf2_sha256 of passlib, from its tests': [
    'password',
    '$pbkdf2-sha256$1212$4vjV83LKPjQzk31VI4E0Vw$hsYF68OiOUPdDZ1Fg.fJPeq1h/gXXY7acBp9/6c.tmQ',
  ],
  'bcrypt 2a of crypt_blowfish': ['U*U', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
  'bcrypt 2b': ['U*U', '$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
  'bcrypt 2y': ['U*U*U', '$2y$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a'],
  'bcrypt of more than 72 bytes': [long, '$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui'],
  'scrypt of RFC 7914, many lanes': ['password', `$scrypt$ln=10,r=8,p=16$TmFDbA$${manyLanes}`],
  'scrypt of passlib, from its documentation': [
    'password',
    '$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E',
  ],
  'scrypt of Better Auth, of look-alike characters': [
    'paſsword Ⅸ ﬁn',
    `1c50892c354da5b23ec3b5007649bc6e:${alike}`,
  ],
  'argon2id of others': [
    'password',
    '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
  ],
  'scrypt of Firebase, from its documentation': [
    firebase.password,
    String(fromFirebase(firebase.exported, firebase.parameters)),
  ],
}

for (const [format, hash] of Object.entries(pythonHashes)) {
  test(`a hash in the format ${format} matches only its password`, async () => {
    assert.equal(await verifyForeign(hash, pythonPassword), true)
    assert.equal(await verifyForeign(hash, `${pythonPassword} `), false)
    assert.equal(await verifyForeign(hash, ''), false)
  })
}

test('a SHA-512-crypt hash of a password longer than its blocks matches', async () => {
  assert.equal(await verifyForeign(longSha512Crypt, longPassword), true)
  assert.equal(await verifyForeign(longSha512Crypt, longPassword.slice(1)), false)
})

test('a hash that cannot be imported is named with its format', () => {
  for (const [hash, format] of [
    ['!abc', /unusable password/],
    ['$1$salt$qJH7.N4xYta3aEG/dfqo/0', /MD5-crypt/],
    ['$5$salt$Gcm6FsVtF/Qa77ZKD.iwsJlCVPY0XSMgLJL0Hnww/c1', /SHA-256-crypt/],
    ['$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7', /yescrypt/],
    ['$P$B55D6LjfHDkINU5wF.v2BuuzO0/XPk/', /phpass/],
    ['md5$salt$5f4dcc3b5aa765d61d8327deb882cf99', /MD5 hash of Django/],
    ['{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=', /LDAP/],
    ['5f4dcc3b5aa765d61d8327deb882cf99', /plain MD5/],
    ['something', /format is unknown/],
    ['pbkdf2_sha256$1000$salt', /not a complete pbkdf2 hash/],
    ['$6$rounds=2000000$salt$abc', /not a complete SHA-512-crypt/],
  ] as const) {
    const read = readForeignHash(hash)
    assert.ok(read.kind === 'unreadable')
    assert.match(read.why, format)
  }
})

for (const [what, [password, hash]] of Object.entries(known)) {
  test(`${what}: matches only its password`, async () => {
    assert.equal(await verifyForeign(hash, password), true)
    for (const wrong of [`${password.slice(0, 2)}x`, '', password.toUpperCase().concat('1')])
      assert.equal(await verifyForeign(hash, wrong), false, wrong)
  })
}

test('two Unicode forms of a password are equal only for Better Auth', async () => {
  const { 'scrypt of Better Auth, of look-alike characters': [, hash] = ['', ''] } = known
  assert.equal(await verifyForeign(hash, 'password IX fin'), true)
})

test('bcrypt ignores everything after 72 bytes, and such a hash is not renewed', async () => {
  const { 'bcrypt of more than 72 bytes': [, hash] = ['', ''] } = known
  assert.equal(await verifyForeign(hash, `${long.slice(0, 72)}something else`), true)
  assert.equal(await verifyForeign(hash, long.slice(0, 71)), false)
  assert.equal(sawWholePassword(hash, long), false)
  assert.equal(sawWholePassword(hash, long.slice(0, 72)), true)
  assert.equal(sawWholePassword(hash, 'ü'.repeat(37)), false)
})

test('the signer key of a Firebase project is not stored in any hash', () => {
  const stored = String(fromFirebase(firebase.exported, firebase.parameters))
  assert.match(stored, /^\$firebase-scrypt\$ln=14,r=8,p=1\$/)
  assert.ok(!stored.includes(firebase.parameters.base64_signer_key.slice(0, 20)))
  const without = fromFirebase(firebase.exported, undefined)
  assert.ok(typeof without !== 'string' && /--firebase/.test(without.why))
})

const key = 'A'.repeat(43)
const bcryptTail = 'C'.repeat(53)

const refused: Readonly<Record<string, readonly string[]>> = {
  'costs too much': [
    `$6$rounds=1000001$salt$${'A'.repeat(85)}.`,
    `scrypt:1048576:8:1$salt$${'ab'.repeat(64)}`,
    `pbkdf2:sha256:2000001$salt$${'ab'.repeat(32)}`,
    `$2b$15$${bcryptTail}`,
    `$2b$31$${bcryptTail}`,
    `$pbkdf2-sha256$2000001$AAAA$${key}`,
    `$pbkdf2-sha256$4294967296$AAAA$${key}`,
    `$scrypt$ln=18,r=8,p=1$AAAA$${key}`,
    `$scrypt$ln=30,r=1,p=1$AAAA$${key}`,
    `$scrypt$ln=14,r=8,p=1000$AAAA$${key}`,
    `$scrypt$ln=1,r=4000000,p=1$AAAA$${key}`,
    `$argon2id$v=19$m=4194304,t=1,p=1$${key}$${key}`,
    `$argon2id$v=19$m=131072,t=9,p=1$${key}$${key}`,
    `$argon2id$v=19$m=19456,t=2,p=255$${key}$${key}`,
    `$pbkdf2-sha256$1000$${'A'.repeat(1368)}$${key}`,
  ],
  'is not what it says': [
    '',
    'password',
    'd41d8cd98f00b204e9800998ecf8427e',
    `$2b$03$${bcryptTail}`,
    `$2b$+5$${bcryptTail}`,
    `$2x$05$${bcryptTail}`,
    `$2b$05$${bcryptTail}C`,
    `$2b$05$${bcryptTail.slice(1)}`,
    `$pbkdf2-sha256$0$AAAA$${key}`,
    `$pbkdf2-sha256$-1$AAAA$${key}`,
    `$pbkdf2-sha256$1e9$AAAA$${key}`,
    '$pbkdf2-sha256$1000$AAAA$AAAA',
    `$pbkdf2-sha256$1000$A*AA$${key}`,
    `$pbkdf2-sha512$1000$AAAA$${key}`,
    `$scrypt$ln=0,r=8,p=1$AAAA$${key}`,
    `$scrypt$ln=16,r=1,p=1$AAAA$${key}`,
    '$scrypt$ln=14,r=8,p=1$AAAA$AAAA',
    `scrypt$1000$salt$8$1$${key}`,
    `$6$rounds=999$salt$${'A'.repeat(86)}`,
    `$scrypt$r=8,ln=14,p=1$AAAA$${key}`,
    `$argon2id$v=19$m=7,t=1,p=1$${key}$${key}`,
    `$argon2id$v=19$m=19456,t=0,p=1$${key}$${key}`,
    `$argon2id$v=16$m=19456,t=2,p=1$${key}$${key}`,
    `$argon2id$v=19$m=19456,t=2,p=1$${key}`,
    `${'a'.repeat(32)}:${'a'.repeat(127)}`,
  ],
}

for (const [what, hashes] of Object.entries(refused)) {
  test(`a hash that ${what} is rejected with a reason, and never computed`, async () => {
    for (const hash of hashes) {
      const read = readForeignHash(hash)
      assert.ok(read.kind === 'unreadable' && read.why.length > 10, hash)
      await assert.rejects(verifyForeign(hash, 'password'), /cannot be checked/, hash)
    }
  })
}

test('an invalid hash is rejected immediately, no matter how long it is', () => {
  const before = process.threadCpuUsage()
  for (const piece of ['$', '$scrypt$', 'A', '$pbkdf2-sha256$1$', '=']) readForeignHash(piece.repeat(4000))
  const { user, system } = process.threadCpuUsage(before)
  assert.ok(user + system < 200_000, `${user + system} µs`)
})

test('parameters of a Firebase project beyond the limits of Firebase are rejected', () => {
  const { parameters } = firebase
  for (const more of [{ rounds: 9 }, { mem_cost: 15 }, { rounds: 0 }, { base64_signer_key: '*' }])
    assert.ok(!FirebaseParameters.safeParse({ ...parameters, ...more }).success)
  assert.ok(FirebaseParameters.safeParse({ ...parameters, algorithm: 'SCRYPT' }).success)
})
