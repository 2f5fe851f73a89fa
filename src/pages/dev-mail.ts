import { z } from 'zod'
import { AppError } from '#src/errors/errors.ts'
import { json } from '#src/http/answer.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { type Html, html } from '#src/http/html.ts'
import { type CapturedMail, mailbox } from '#src/mail/mailbox.ts'
import { answerPage } from '#src/pages/layout.ts'
import { type Texts, textsFor } from '#src/pages/texts.ts'
import { rfc3339 } from '#src/platform/clock.ts'
import type { World } from '#src/world/world.ts'

export const showDevMail = endpoint({
  summary:
    'Lists the mail of a development server, newest first: a page, or JSON for `Accept: application/json` ' +
    'or `?format=json`. Does not exist in production.',
  query: z.object({ format: z.string().optional() }),
  responses: { 200: null },
  errors: ['not_found'],
  handle: (world: World, call) => {
    const { devMail, smtpUrl } = world.settings
    if (devMail === 'off' || smtpUrl) throw new AppError('not_found')
    const mails = mailbox(world).list()
    const accepted = call.header('accept') ?? ''
    const isJson = call.query.format === 'json' || /^application\/json\b/.test(accepted)
    if (isJson) return json(200, { data: mails.map(onWire) })
    const texts = textsFor(call.language)
    const title = texts.get('dev_mail_title')
    return answerPage(call, { status: 200, title, shape: 'area', content: listOf(texts, mails) })
  },
})

function onWire({ sentAt, code, ...mail }: CapturedMail) {
  return { ...mail, code: code ?? null, sent_at: rfc3339(sentAt) }
}

function listOf(texts: Texts, mails: readonly CapturedMail[]): Html {
  return html`<section class="sheet">
<h1>${texts.get('dev_mail_title')}</h1>
<p class="lead">${texts.get('dev_mail_lead')}</p>
${mails.length === 0 && html`<p class="muted">${texts.get('dev_mail_none')}</p>`}
</section>
${mails.map((mail) => oneMail(texts, mail))}`
}

function oneMail(texts: Texts, { to, subject, text, links, sentAt }: CapturedMail): Html {
  return html`<section class="sheet">
<h2>${subject}</h2>
<p class="muted">${to} · ${texts.moment(sentAt)}</p>
<pre>${text}</pre>
${links.map((link) => html`<p><a href="${link}">${link}</a></p>`)}
</section>`
}
