import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { runProxy } from '#test/deploy/run-proxy.ts'
import { freePort } from '#test/support/free-port.ts'

/**
 * PgBouncer in transaction mode before a database, with fewer connections than one node uses: so the
 * statements of a node arrive over many connections, and the statements of many nodes over one. Returns its
 * URL.
 */
export async function runPooler(program: string, databaseUrl: string): Promise<string> {
  const to = new URL(databaseUrl)
  const folder = mkdtempSync(join(tmpdir(), 'sigil-pooler-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  chmodSync(folder, 0o755)
  const port = await freePort()
  const users = join(folder, 'users.txt')
  writeFileSync(users, `"${to.username}" "${decodeURIComponent(to.password)}"\n`)
  const file = join(folder, 'pgbouncer.ini')
  writeFileSync(
    file,
    `[databases]
* = host=${to.hostname} port=${to.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${users}
pool_mode = transaction
default_pool_size = 4
`,
  )
  // It does not run as root.
  const asSomebody = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  await runProxy(program, [...asSomebody, file], /process up/)
  to.hostname = '127.0.0.1'
  to.port = String(port)
  return to.href
}
