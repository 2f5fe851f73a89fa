import { IntlMessageFormat } from 'intl-messageformat'
import type { Language } from '#src/errors/error-codes.ts'
import { en, type MessageKey, type Messages } from '#src/pages/messages/en.ts'
import { ru } from '#src/pages/messages/ru.ts'

/** The texts of one language. */
export type Texts = {
  readonly language: Language
  get(key: MessageKey, values?: Readonly<Record<string, string | number>>): string
  /** A time to the minute, marked as UTC: the server does not know the reader's time zone. */
  moment(at: number): string
  day(at: number): string
}

const all: Readonly<Record<Language, Messages>> = { en, ru }

/** British English writes the day first and uses 24 hours, which cannot be misread. */
const locales: Readonly<Record<Language, string>> = { en: 'en-GB', ru: 'ru' }

const byLanguage: Readonly<Record<Language, Texts>> = { en: textsIn('en'), ru: textsIn('ru') }

export function textsFor(language: Language): Texts {
  return byLanguage[language]
}

function textsIn(language: Language): Texts {
  const locale = locales[language]
  const messages = all[language]
  const compiled = new Map<MessageKey, IntlMessageFormat>()
  const moments = new Intl.DateTimeFormat(locale, {
    dateStyle: 'medium',
    timeStyle: 'short',
    timeZone: 'UTC',
  })
  const days = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' })
  return {
    language,
    get(key, values) {
      if (values === undefined) return messages[key]
      let message = compiled.get(key)
      if (!message) {
        message = new IntlMessageFormat(messages[key], locale)
        compiled.set(key, message)
      }
      return String(message.format(values))
    },
    moment: (at) => `${moments.format(at)} ${messages.utc}`,
    day: (at) => days.format(at),
  }
}
