import type { Language } from '#src/errors/error-codes.ts'

const known = ['en', 'ru'] as const

export function isLanguage(text: string | undefined): text is Language {
  return known.some((language) => language === text)
}

/** RFC 9110 section 12.5.4: the supported language that the client prefers, or English. */
export function languageOf(acceptLanguage: string | undefined): Language {
  let best: { language: Language; weight: number } | undefined
  for (const range of (acceptLanguage ?? '').slice(0, 500).split(',')) {
    const [tag, ...parameters] = range.trim().toLowerCase().split(';')
    const language = tag?.split('-')[0]
    if (!isLanguage(language)) continue
    const quality = parameters.map((one) => one.trim()).find((one) => one.startsWith('q='))
    const weight = quality === undefined ? 1 : Number(quality.slice(2))
    if (weight > (best?.weight ?? 0)) best = { language, weight }
  }
  return best?.language ?? 'en'
}
