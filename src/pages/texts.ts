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
  /** A time to the minute in the reader's time zone; marked as UTC if that is unknown. */
  moment(at: number): string
  day(at: number): string
  /** The time of a day to the minute; marked as UTC if the reader's time zone is unknown. */
  clock(at: number): string
  /**
   * A relative time in the largest unit that fits: "5 minutes ago". Days are those of the calendar, so that
   * "yesterday" is the day before.
   */
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

/** By language and zone. Each takes some 100 KiB, so only those used last are kept. */
const known = new Map<string, Texts>()
const maxKnown = 64
const compiledMessages = {
  en: new Map<TextKey, IntlMessageFormat>(),
  ru: new Map<TextKey, IntlMessageFormat>(),
}
const utc = 'UTC'
const dayMs = 24 * 60 * 60 * 1000

const units = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const

/** The texts for the reader of a page. */
export function textsOf({ language, zone }: { readonly language: Language; readonly zone: string }): Texts {
  return textsFor(language, zone)
}

export function textsFor(language: Language, zone: string = utc): Texts {
  const key = `${language} ${zone}`
  const texts = known.get(key) ?? textsIn(language, zone)
  known.delete(key)
  known.set(key, texts)
  const [oldest = ''] = known.keys()
  if (known.size > maxKnown) known.delete(oldest)
  return texts
}

function textsIn(language: Language, timeZone: string): Texts {
  const locale = locales[language]
  const messages = all[language]
  const compiled = compiledMessages[language]
  const moments = new Intl.DateTimeFormat(locale, {
    dateStyle: 'medium',
    timeStyle: 'short',
    timeZone,
  })
  const clocks = new Intl.DateTimeFormat(locale, { timeStyle: 'short', timeZone })
  // Swedish writes dates like ISO 8601.
  const isoDays = new Intl.DateTimeFormat('sv-SE', { timeZone })
  const dayNumber = (at: number) => Date.parse(isoDays.format(at)) / dayMs
  const marked = (text: string) => (timeZone === utc ? `${text} ${messages.utc}` : text)
  const days = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone })
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  const shortDays = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone })
  const shortMoments = new Intl.DateTimeFormat(locale, {
    ...{ day: 'numeric', month: 'short', timeZone },
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
    moment: (at) => marked(moments.format(at)),
    clock: (at) => marked(clocks.format(at)),
    day: (at) => days.format(at),
    ago: (at, now) => {
      const seconds = (at - now) / 1000
      const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size) ?? (['second', 1] as const)
      if (unit === 'day') return relative.format(dayNumber(at) - dayNumber(now), unit)
      return relative.format(Math.trunc(seconds / size), unit)
    },
    number: (value) => numbers.format(value),
    percent: (share) => shares.format(share),
    shortDay: (at) => shortDays.format(at),
    shortMoment: (at) => shortMoments.format(at),
  }
}
