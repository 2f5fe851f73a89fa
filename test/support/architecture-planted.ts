import type { Source } from '#test/support/source.ts'

/** Returns a made-up file. */
export function at(path: string, text: string): Source {
  return { path, text }
}

/** For each rule, files that violate it, and similar files that do not. */
export const planted: Record<string, { bad: Source[]; good: Source[] }> = {
  'leaves SMTP to mail/': {
    bad: [at('src/outbox/deliver.ts', `import { createTransport } from 'nodemailer'`)],
    good: [at('src/mail/smtp.ts', `import { createTransport } from 'nodemailer'`)],
  },
  'imports from its own module and from lower layers': {
    bad: [
      at('src/users/user.ts', `import type { Session } from '#src/sessions/session.ts'`),
      at('src/users/user.ts', `import {\n  a,\n  b,\n} from '#src/me/http.ts'`),
      at('src/store/db.ts', `import { fetchPage } from '#src/http/call.ts'`),
      at('src/users/user.ts', `const later = await import('#src/me/http.ts')`),
      at('src/users/user.ts', `import { email } from './email.ts'`),
      at('src/users/user.ts', `import { email } from '#src/users/email'`),
      at('src/users/user.ts', `import { engines } from '#test/support/engines.ts'`),
      at('src/gadgets/gadget.ts', ''),
      at('src/world/world.ts', `export type { Session } from '#src/sessions/session.ts'`),
    ],
    good: [
      at('src/sessions/session.ts', `import type { User } from '#src/users/user.ts'`),
      at('src/settings/settings.ts', `import { port } from '#src/settings/readers.ts'`),
      at(
        'src/users/user.ts',
        `// import { me } from '#src/me/http.ts'\nimport { createHash } from 'node:crypto'`,
      ),
    ],
  },
  'exports by name, and only its own': {
    bad: [
      at('src/users/user.ts', `export * from '#src/users/email.ts'`),
      at('src/users/user.ts', `export { email } from '#src/users/email.ts'`),
      at('src/users/user.ts', 'export default function user() {}'),
      at('src/users/user.ts', 'export { user as default }'),
    ],
    good: [at('src/users/user.ts', `export const text = 'export default'\nexport type { User }`)],
  },
  'has a descriptive name': {
    bad: [
      'src/users/utils.ts',
      'src/users/user-helpers.ts',
      'src/store/base.sql.ts',
      'src/users/index.ts',
    ].map((path) => at(path, '')),
    good: ['src/users/user.ts', 'src/store/database.ts'].map((path) => at(path, '')),
  },
  'stays small': {
    bad: [
      at('src/users/user.ts', 'a\n'.repeat(251)),
      at('src/users/user.ts', 'a'.repeat(111)),
      at('src/users/user.ts', `export function long(): void {\n${'  a()\n'.repeat(59)}}\n`),
      at(
        'src/users/user.ts',
        `export async function long(\n  a: A,\n): Promise<void> {\n${'  a()\n'.repeat(59)}}\n`,
      ),
      at('src/users/user.ts', `const long = async () => {\n${'  if (a) {\n  }\n'.repeat(30)}}\n`),
      at(
        'src/users/user.ts',
        `const driver = {\n  async query(statement) {\n${'    a()\n'.repeat(59)}  },\n}\n`,
      ),
    ],
    good: [
      at('src/users/user.ts', `${'a'.repeat(110)}\n`.repeat(250)),
      at('src/users/user.ts', `function short() {\n${'  a()\n'.repeat(58)}}\n`.repeat(2)),
      at('src/users/user.ts', `const table = {\n${'  a: 1,\n'.repeat(99)}}\n`),
    ],
  },
  'leaves the time to clock.ts': {
    bad: [
      'const now = Date.now()',
      'const now = new Date()',
      'const now = new Date',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: The template is part of the planted source.
      'const line = `at ${Date.now()}`',
      'setTimeout(act, 5)',
      'performance.now()',
    ].map((text) => at('src/users/user.ts', text)),
    good: [
      at('src/platform/clock.ts', 'Date.now()'),
      at('src/users/user.ts', '// Date.now() is for the clock.\nconst at = new Date(ms)'),
    ],
  },
  'leaves timers to clock.ts': {
    bad: [at('src/users/user.ts', `import { setTimeout as wait } from 'node:timers/promises'`)],
    good: [at('src/users/user.ts', `import { sleep } from '#src/platform/clock.ts'`)],
  },
  'leaves randomness to random.ts': {
    bad: ['Math.random()', 'crypto.randomUUID()', `import { randomBytes } from 'node:crypto'`].map((text) =>
      at('src/users/user.ts', text),
    ),
    good: [at('src/platform/random.ts', 'randomBytes(16)'), at('src/users/user.ts', 'random.bytes(16)')],
  },
  'opens no outgoing connection except to its database': {
    bad: [`await fetch('https://example.org')`, `new WebSocket('wss://example.org')`].map((text) =>
      at('src/users/user.ts', text),
    ),
    good: [
      at('src/users/user.ts', '// fetch(nothing)\nconst page = prefetch(1)\nawait port.fetch(1)'),
      at('src/cli/commands/healthcheck.ts', 'await fetch(url)'),
    ],
  },
  'leaves the network to the modules that listen': {
    bad: ['node:net', 'https', 'node:dns/promises', 'undici'].map((from) =>
      at('src/users/user.ts', `import { get } from '${from}'`),
    ),
    good: [
      at('src/platform/addresses.ts', `import { isIP } from 'node:net'`),
      at('src/users/user.ts', `import { createHash } from 'node:crypto'`),
    ],
  },
  'leaves the environment to settings/': {
    bad: [at('src/users/user.ts', 'const { PORT } = process.env')],
    good: [
      at('src/main.js', 'readSettings(process.env, mode)'),
      at('src/telemetry/log.ts', 'process.stdout.isTTY'),
    ],
  },
  'takes process from the global alone': {
    bad: [at('src/users/user.ts', `import { env } from 'node:process'`)],
    good: [at('src/users/user.ts', `import { fork } from 'node:child_process'`)],
  },
  'leaves SQL to *.sql.ts and store/': {
    bad: [at('src/users/create.ts', 'await query(sql`select 1`)')],
    good: [at('src/users/users.sql.ts', 'sql`select 1`'), at('src/store/migrate.ts', 'sql`select 1`')],
  },
  'leaves the tag to *.sql.ts and store/': {
    bad: [at('src/users/create.ts', `import { sql } from '#src/store/sql.ts'`)],
    good: [at('src/users/create.ts', `import type { Query } from '#src/store/db.ts'`)],
  },
  'keeps models pure': {
    bad: [
      at('src/users/user.ts', 'export async function user() {}'),
      at('src/sessions/session.ts', `import type { World } from '#src/world/world.ts'`),
    ],
    good: [
      at('src/users/create.ts', 'export async function create() {}'),
      at('src/users/user.ts', '/** Does not await anything. */\nexport function user() {}'),
    ],
  },
  'opens transactions in use cases only': {
    bad: ['src/users/users.sql.ts', 'src/users/http.ts'].map((path) => at(path, 'db.transaction(work)')),
    good: [at('src/users/create.ts', 'db.transaction(work)')],
  },
  'keeps the HTTP library in http/ and server/': {
    bad: ['hono', 'hono/cookie', '@hono/node-server'].map((from) =>
      at('src/users/http.ts', `import { a } from '${from}'`),
    ),
    good: [
      at('src/http/call.ts', `import { Hono } from 'hono'`),
      at('src/server/serve.ts', `import { Hono } from 'hono'`),
    ],
  },
}
