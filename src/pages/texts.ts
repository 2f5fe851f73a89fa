import { IntlMessageFormat } from 'intl-messageformat'
import type { Language } from '#src/errors/error-codes.ts'
import { type ConsoleKey, type ConsoleMessages, consoleEn } from '#src/pages/messages/console-en.ts'
import { consoleRu } from '#src/pages/messages/console-ru.ts'
import { en, type MessageKey, type Messages } from '#src/pages/messages/en.ts'
import { ru } from '#src/pages/messages/ru.ts'

/** A message of any page. */
export type TextKey = MessageKey | ConsoleKey

/** The texts of one language. */
export type Texts = {
  readonly language: Language
  get(key: TextKey, values?: Readonly<Record<string, string | number>>): string
  /** A time to the minute, marked as UTC: the server does not know the reader's time zone. */
  moment(at: number): string
  day(at: number): string
  /** How long ago, in the largest unit that fits: "5 minutes ago". */
  ago(at: number, now: number): string
  number(value: number): string
  /** A share between 0 and 1. */
  percent(share: number): string
  /** The labels of an axis. */
  shortDay(at: number): string
  shortMoment(at: number): string
}

const all: Readonly<Record<Language, Messages & ConsoleMessages>> = {
  en: { ...en, ...consoleEn },
  ru: { ...ru, ...consoleRu },
}

/** British English writes the day first and uses 24 hours, which cannot be misread. */
const locales: Readonly<Record<Language, string>> = { en: 'en-GB', ru: 'ru' }

const byLanguage: Readonly<Record<Language, Texts>> = { en: textsIn('en'), ru: textsIn('ru') }

const units = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const

export function textsFor(language: Language): Texts {
  return byLanguage[language]
}

function textsIn(language: Language): Texts {
  const locale = locales[language]
  const messages = all[language]
  const compiled = new Map<TextKey, IntlMessageFormat>()
  const moments = new Intl.DateTimeFormat(locale, {
    dateStyle: 'medium',
    timeStyle: 'short',
    timeZone: 'UTC',
  })
  const days = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' })
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  const shortDays = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone: 'UTC' })
  const shortMoments = new Intl.DateTimeFormat(locale, {
    ...{ day: 'numeric', month: 'short', timeZone: 'UTC' },
    ...{ hour: '2-digit', minute: '2-digit' },
  })
  const numbers = new Intl.NumberFormat(locale)
  const shares = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 })
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
    ago: (at, now) => {
      const seconds = (at - now) / 1000
      const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size) ?? (['second', 1] as const)
      return relative.format(Math.trunc(seconds / size), unit)
    },
    number: (value) => numbers.format(value),
    percent: (share) => shares.format(share),
    shortDay: (at) => shortDays.format(at),
    shortMoment: (at) => shortMoments.format(at),
  }
}
