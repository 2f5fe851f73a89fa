import { type ErrorCode, errorCodes, type Language } from '#src/errors/errors.ts'

/** A refusal says what happened, then what to do: its first sentence, and the rest. */
export function splitMessage(code: ErrorCode, language: Language): { happened: string; toDo: string } {
  const sentence = errorCodes[code][language]
  const end = sentence.indexOf('. ') + 1
  return end === 0
    ? { happened: sentence, toDo: '' }
    : { happened: sentence.slice(0, end), toDo: sentence.slice(end + 1) }
}
