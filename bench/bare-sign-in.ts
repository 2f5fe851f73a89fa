import { generateKeyPairSync, sign } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { createServer } from 'node:http'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { json } from 'node:stream/consumers'
import { hash, verify } from '@node-rs/argon2'
import { listenBare } from '#bench/listen.ts'

/**
 * The limit for sign-ins over HTTP: only what each needs. One hash, as many at once as there are cores, one
 * durable row, one ES256 signature, and a response of the same size.
 */
const phc = await hash('plum tarot window 42', {
  algorithm: 2,
  memoryCost: 19_456,
  timeCost: 2,
  parallelism: 1,
})
const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const folder = mkdtempSync(join(tmpdir(), 'sigil-bench-'))
const db = new DatabaseSync(join(folder, 'bare.db'))
db.exec('pragma journal_mode = wal; pragma synchronous = full')
db.exec('create table sessions (id integer primary key, login text not null)')
const insert = db.prepare('insert into sessions (login) values (?)')

const waiting: (() => void)[] = []
let free = cpus().length

async function singleFlight<T>(work: () => Promise<T>): Promise<T> {
  if (free > 0) free--
  else await new Promise<void>((resolve) => waiting.push(resolve))
  try {
    return await work()
  } finally {
    const next = waiting.shift()
    if (next) next()
    else free++
  }
}

const claims = Buffer.alloc(500, 'x')
const server = createServer(async (request, response) => {
  const { login, password } = (await json(request)) as { login: string; password: string }
  if (!(await singleFlight(() => verify(phc, password)))) return void response.writeHead(401).end()
  insert.run(login)
  const signature = sign('sha256', claims, { key, dsaEncoding: 'ieee-p1363' })
  const token = `${claims.toString('base64url')}.${signature.toString('base64url')}`
  response
    .writeHead(200, { 'content-type': 'application/json', 'set-cookie': `access_token=${token}` })
    .end(JSON.stringify({ access_token: token, refresh_token: 'x'.repeat(100) }))
})
listenBare(server, { db, folder })
