import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '#src/store/sql.ts'
import { onEveryStage, type Stage } from '#test/races/stage.ts'
import { atOnce, tally } from '#test/support/at-once.ts'
import type { Client, Reply } from '#test/support/client.ts'
import { enrolledPasskey } from '#test/support/passkeys.ts'
import { arrived, type Person } from '#test/support/people.ts'
import { codeIn, linkIn, type SmtpServer, startSmtp } from '#test/support/smtp-server.ts'
import { addedTotp, clockAhead, halfSignedIn, prove } from '#test/support/totp.ts'

const mfa = '/api/v1/auth/mfa'

async function sessionsOf({ world }: Stage, { id }: Person): Promise<number> {
  const [row] = await world.db.query(sql`select count(*) as n from sessions
    where user_id = ${id} and ended_at is null`)
  return Number(row?.n)
}

/** Twenty calls over all nodes: one succeeds, and one more session is open (or none, if it opens none). */
async function oneWins(
  stage: Stage,
  person: Person,
  {
    what,
    call,
    opens = 1,
  }: { what: string; call: (node: Client, at: number) => Promise<Reply>; opens?: number },
): Promise<void> {
  const before = await sessionsOf(stage, person)
  const replies = await atOnce(20, (at) => call(stage.nodeFor(at), at))
  const counts = tally(replies)
  assert.equal((counts['200'] ?? 0) + (counts['204'] ?? 0), 1, `${what}: ${JSON.stringify(counts)}`)
  assert.ok(!Object.keys(counts).some((name) => name.startsWith('5')), `${what}: ${JSON.stringify(counts)}`)
  if (opens > 0) assert.equal(await sessionsOf(stage, person), before + opens, what)
}

async function staged(setUp: (env?: Record<string, string>) => Promise<Stage>) {
  const smtp = await startSmtp()
  const stage = await setUp({
    SIGIL_SMTP_URL: smtp.url,
    SIGIL_MAIL_FROM: 'no-reply@example.org',
    SIGIL_EMAIL_VERIFICATION: 'optional',
  })
  const client = stage.nodeFor(0)
  const { person, session } = await arrived(client)
  await stage.world.db.query(sql`update users set email_verified_at = 1 where id = ${person.id}`)
  return { smtp, stage, client, person, bearer: session.access_token, url: stage.world.settings.publicUrl }
}

function messageTo(smtp: SmtpServer, { email }: Person, page: string) {
  return smtp.mailTo(email, ({ text }) => text.includes(page))
}

onEveryStage('single use with twenty concurrent calls', (setUp) => {
  test('of twenty concurrent uses of a code, a link or a passkey, one succeeds', async () => {
    const { smtp, stage, client, person, bearer, url } = await staged(setUp)
    const { email } = person
    const { authenticator } = await enrolledPasskey(client, { url, bearer })
    const asked = await client.post('/api/v1/auth/passkey/options', {})
    const cookie = asked.cookies[0]?.split(';')[0] ?? ''
    const response = authenticator.get(JSON.parse(asked.text))
    await oneWins(stage, person, {
      what: 'a passkey',
      call: (node) => node.post('/api/v1/auth/passkey/signin', { response }, { headers: { cookie } }),
    })
    await client.post('/api/v1/auth/code', { email })
    const code = codeIn(await messageTo(smtp, person, '/sign-in/link'))
    await oneWins(stage, person, {
      what: 'a code by mail',
      call: (node) => node.post('/api/v1/auth/code/signin', { email, code }),
    })
    await client.post('/api/v1/auth/forgot', { email })
    const { token } = linkIn(await messageTo(smtp, person, '/reset-password'))
    await oneWins(stage, person, {
      what: 'a link',
      call: (node, at) => node.post('/api/v1/auth/reset', { token, password: `a new password ${at}` }),
      opens: 0,
    })
  })
})

onEveryStage('second factors with twenty concurrent calls', (setUp) => {
  test('of twenty concurrent uses of an attempt, an app code or a recovery code, one succeeds', async () => {
    const { stage, client, person, bearer } = await staged(setUp)
    const { codes, nextCode } = await addedTotp(client, { bearer, clock: clockAhead() })
    const token = await halfSignedIn(client, person)
    const first = nextCode()
    await oneWins(stage, person, {
      what: 'an attempt',
      call: (node) => prove(node, token, { code: first }),
    })
    const tokens: string[] = []
    for (let at = 0; at < 20; at++) tokens.push(await halfSignedIn(client, person))
    const code = codes[0]
    await oneWins(stage, person, {
      what: 'a recovery code',
      call: (node, at) => prove(node, tokens[at] ?? '', { method: 'recovery_code', code }),
    })
    const { methods } = JSON.parse(
      (await client.post('/api/v1/auth/signin', { login: person.email, password: person.password })).text,
    )
    assert.deepEqual(methods, ['totp', 'recovery_code'])
  })

  test('a code by mail as second factor works once, across as many attempts as there are nodes', async () => {
    const { smtp, stage, client, person, bearer } = await staged(setUp)
    const path = '/api/v1/me/factors/email_code'
    await client.post(path, undefined, { bearer })
    const isProof = ({ text }: { text: string }) => text.includes('confirm that it is you')
    const enrolling = await smtp.mailTo(person.email, isProof)
    const enrolled = await client.post(`${path}/confirm`, { code: codeIn(enrolling) }, { bearer })
    assert.equal(enrolled.status, 200, enrolled.text)
    const token = await halfSignedIn(client, person)
    await client.post(`${mfa}/code`, { mfa_token: token })
    const code = codeIn(await smtp.mailTo(person.email, (mail) => isProof(mail) && mail !== enrolling))
    await oneWins(stage, person, {
      what: 'a code by mail as second factor',
      call: (node) => prove(node, token, { method: 'email_code', code }),
    })
  })
})
