import { type Language, type RefusalCode, refusals } from '#src/errors/errors.ts'

/** A refusal says what happened, then what to do: its first sentence, and the rest. */
export function happenedAndToDo(code: RefusalCode, language: Language): { happened: string; toDo: string } {
  const sentence = refusals[code][language]
  const end = sentence.indexOf('. ') + 1
  return end === 0
    ? { happened: sentence, toDo: '' }
    : { happened: sentence.slice(0, end), toDo: sentence.slice(end + 1) }
}
