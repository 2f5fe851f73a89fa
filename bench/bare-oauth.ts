import { generateKeyPairSync, sign } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { text } from 'node:stream/consumers'
import { listenBare } from '#bench/listen.ts'

/**
 * The limit for the endpoints of the OpenID provider: a server that always returns the same response, after
 * as many ES256 signatures as there are tokens in it and, if it stores anything, one durable row.
 * Usage: node bench/bare-oauth.ts '{ "body": "…", "signatures": 2, "stores": true }'
 */
type Work = { readonly body: string; readonly signatures: number; readonly stores: boolean }
const { body, signatures, stores } = JSON.parse(process.argv[2] ?? '{}') as Work
const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const folder = mkdtempSync(join(tmpdir(), 'sigil-bench-'))
const db = new DatabaseSync(join(folder, 'bare.db'))
db.exec('pragma journal_mode = wal; pragma synchronous = full')
db.exec('create table calls (id integer primary key, sent text not null)')
const insert = db.prepare('insert into calls (sent) values (?)')
const claims = Buffer.alloc(500, 'x')

const server = createServer(async (request, response) => {
  // The client closes its connections at the end of a round, whatever is still in flight.
  const sent = request.method === 'POST' ? await text(request).catch(() => undefined) : ''
  if (sent === undefined) return
  if (stores) insert.run(sent)
  for (let one = 0; one < signatures; one++) sign('sha256', claims, { key, dsaEncoding: 'ieee-p1363' })
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(body)
})
listenBare(server, { db, folder })
