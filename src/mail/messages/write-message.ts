import type { Language } from '#src/errors/error-codes.ts'
import { type Html, html } from '#src/http/html.ts'
import { en } from '#src/mail/messages/en.ts'
import type { Draft, Drafts, Message, MessageOrder, MessageValues } from '#src/mail/messages/message.ts'
import { ru } from '#src/mail/messages/ru.ts'
import type { Settings } from '#src/settings/settings.ts'

const drafts: Readonly<Record<Language, Drafts>> = { en, ru }

const locales: Readonly<Record<Language, string>> = { en: 'en-GB', ru: 'ru' }

const help: Readonly<Record<Language, string>> = { en: 'Questions?', ru: 'Вопросы?' }

type Surroundings = Pick<Settings, 'brandName' | 'brandColor' | 'publicUrl' | 'supportContact'>

/** The color of buttons on pages. */
const defaultColor = '#12625f'

/** Writes a message as text and HTML. Mail programs without HTML show the text. */
export function writeMessage(settings: Surroundings, order: Omit<MessageOrder, 'to'>): Message {
  const { kind, language, values } = order
  const time = values.at === undefined ? '' : momentIn(language, values.at)
  const draft = drafts[language][kind]({ ...onOneLine(values), brand: settings.brandName, time })
  const parts = { settings, language, draft, values }
  return { subject: draft.subject, text: textOf(parts), html: `<!doctype html>\n${htmlOf(parts)}` }
}

type Parts = {
  readonly settings: Surroundings
  readonly language: Language
  readonly draft: Draft
  readonly values: MessageValues
}

function textOf({ settings, language, draft, values }: Parts): string {
  const { code, link } = values
  const { brandName, publicUrl, supportContact } = settings
  const paragraphs = [
    ...draft.lead,
    ...(code === undefined ? [] : [`    ${code}`]),
    ...(link === undefined || draft.button === undefined ? [] : [`${draft.button}:\n${link}`]),
    ...draft.closing,
    [`-- \n${brandName} · ${publicUrl}`, supportContact && `${help[language]} ${shown(supportContact)}`]
      .filter(Boolean)
      .join('\n'),
  ]
  return `${paragraphs.filter((one) => one !== '').join('\n\n')}\n`
}

const font = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif"
const bodyStyle = `${font};font-size:16px;line-height:24px`
const styles = {
  brand: `${bodyStyle};font-weight:600;padding-bottom:24px`,
  paragraph: `${bodyStyle};padding-bottom:16px`,
  smallPrint: `${font};font-size:14px;line-height:20px;color:#6b7280;padding-bottom:12px`,
  footer:
    `${font};font-size:13px;line-height:20px;color:#6b7280;border-top:1px solid #9ca3af;` +
    'padding-top:16px',
  code:
    'font-family:ui-monospace,Consolas,monospace;font-size:32px;line-height:40px;letter-spacing:6px;' +
    'font-weight:600',
  button:
    `${font};display:inline-block;padding:12px 20px;font-size:16px;line-height:20px;font-weight:600;` +
    'color:#ffffff;text-decoration:none',
} as const

/** A layout table, which screen readers do not announce as a table. */
const bare = html`role="presentation" cellpadding="0" cellspacing="0" border="0"`

/**
 * Tables and inline styles, which is what Outlook and Gmail keep. Colours are mid-tones that stay readable
 * where a dark mode inverts the background.
 */
function htmlOf({ settings, language, draft, values }: Parts): Html {
  const { brandName, brandColor = defaultColor, publicUrl, supportContact } = settings
  const { code, link } = values
  return html`<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${draft.subject}</title>
</head>
<body style="margin:0;padding:0">
<table ${bare} width="100%">
<tr><td align="center" style="padding:32px 16px">
<table ${bare} width="480" style="width:100%;max-width:480px">
<tr><td style="${styles.brand}">${brandName}</td></tr>
${draft.lead.map(paragraph)}
${code !== undefined && codeRow(code)}
${link !== undefined && draft.button !== undefined && button(draft.button, link, brandColor)}
${draft.closing.map(smallPrint)}
<tr><td style="${styles.footer}">
<a href="${publicUrl}" style="color:#6b7280">${publicUrl}</a>${
    supportContact !== undefined &&
    html`<br>${help[language]} <a href="${supportContact}" style="color:#6b7280">${shown(supportContact)}</a>`
  }
</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
`
}

function paragraph(sentence: string): Html | undefined {
  if (sentence === '') return undefined
  return html`<tr><td style="${styles.paragraph}">${sentence}</td></tr>
`
}

function smallPrint(sentence: string): Html {
  return html`<tr><td style="${styles.smallPrint}">${sentence}</td></tr>
`
}

function codeRow(code: string): Html {
  return html`<tr><td style="padding:8px 0 24px"><span style="${styles.code}">${code}</span></td></tr>
`
}

function button(label: string, link: string, color: string): Html {
  return html`<tr><td style="padding:8px 0 24px">
<table ${bare}><tr>
<td bgcolor="${color}" style="border-radius:8px">
<a href="${link}" style="${styles.button}">${label}</a></td>
</tr></table></td></tr>
`
}

/** Values are used in subjects, where a line break would begin another header. */
function onOneLine({ at: _at, ...values }: MessageValues): Omit<MessageValues, 'at'> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, value.replaceAll(/\p{C}+/gu, ' ').slice(0, 500)]),
  )
}

function momentIn(language: Language, at: number): string {
  const format = { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' } as const
  return `${new Intl.DateTimeFormat(locales[language], format).format(at)} UTC`
}

function shown(contact: string): string {
  return contact.replace(/^(?:mailto|tel):/, '')
}
