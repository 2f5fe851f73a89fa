import { AsyncResource } from 'node:async_hooks'
import { before } from 'node:test'
import type { Engine } from '#test/support/engines.ts'
import { startServer, type TestServer } from '#test/support/server.ts'
import { type SmtpServer, startSmtp } from '#test/support/smtp-server.ts'

export type MailSite = { readonly server: () => TestServer; readonly smtp: () => SmtpServer }

/** One server and one mail server for all tests of a suite. Addresses need not be verified by default. */
export function mailSiteForSuite(engine: Engine, env: Record<string, string> = {}): MailSite {
  let started: { server: TestServer; smtp: SmtpServer } | undefined
  const start = AsyncResource.bind(async () => {
    const smtp = await startSmtp()
    const server = await startServer(engine, {
      SIGIL_SMTP_URL: smtp.url,
      SIGIL_MAIL_FROM: 'no-reply@example.org',
      SIGIL_EMAIL_VERIFICATION: 'optional',
      ...env,
    })
    return { server, smtp }
  })
  before(async () => {
    started = await start()
  })
  const there = () => started ?? fail()
  return { server: () => there().server, smtp: () => there().smtp }
}

function fail(): never {
  throw new Error('The servers of a suite exist only inside its tests')
}
