import { createHash, generateKeyPairSync, sign, timingSafeEqual } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { text } from 'node:stream/consumers'
import { listenBare } from '#bench/listen.ts'

/**
 * The limit for the endpoints of the OpenID provider: a server that always returns the same response, after
 * what no implementation can avoid. A client that was disabled or has another secret is rejected by its next
 * call, so the row of the client is read and the secret is hashed; claims are those of now, so the row of the
 * user is read. As many ES256 signatures are made as there are tokens in the response, and if the endpoint
 * stores anything, one durable row is written.
 * Usage: node bench/bare-oauth.ts '{ "body": "…", "signatures": 2, "stores": true, "reads": "client" }'
 */
type Work = {
  readonly body: string
  readonly signatures: number
  readonly stores: boolean
  readonly reads: 'client' | 'user'
}
const { body, signatures, stores, reads } = JSON.parse(process.argv[2] ?? '{}') as Work
const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const folder = mkdtempSync(join(tmpdir(), 'sigil-bench-'))
const db = new DatabaseSync(join(folder, 'bare.db'))
db.exec('pragma journal_mode = wal; pragma synchronous = full')
db.exec(`create table calls (id integer primary key, sent text not null);
  create table rows (id text primary key, data text not null)`)
const insert = db.prepare('insert into calls (sent) values (?)')
const put = db.prepare('insert into rows (id, data) values (?, ?) on conflict (id) do nothing')
const find = db.prepare('select data from rows where id = ?')
const claims = Buffer.alloc(500, 'x')

/** The first call of a client stores the hash of its secret. */
function readClient(authorization: string): boolean {
  const [id = '', secret = ''] = Buffer.from(authorization.slice(6), 'base64').toString().split(':')
  const hash = createHash('sha256').update(secret).digest('base64url')
  const found = find.get(id)
  if (!found) put.run(id, hash)
  return !found || timingSafeEqual(Buffer.from(found.data as string), Buffer.from(hash))
}

put.run('user', JSON.stringify({ name: 'x'.repeat(500) }))

const server = createServer(async (request, response) => {
  // The client closes its connections at the end of a round, whatever is still in flight.
  const sent = request.method === 'POST' ? await text(request).catch(() => undefined) : ''
  if (sent === undefined) return
  const isKnown = reads === 'client' ? readClient(request.headers.authorization ?? '') : find.get('user')
  if (!isKnown) throw new Error('The client or the user is not known')
  if (stores) insert.run(sent)
  for (let one = 0; one < signatures; one++) sign('sha256', claims, { key, dsaEncoding: 'ieee-p1363' })
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(body)
})
listenBare(server, { db, folder })
