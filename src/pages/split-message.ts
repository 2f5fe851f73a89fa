import { type ErrorCode, errorCodes, type Language } from '#src/errors/error-codes.ts'

/** The message of an error in its two parts: the first sentence, what happened, and the rest, what to do. */
export function splitMessage(code: ErrorCode, language: Language): { happened: string; toDo: string } {
  const message = errorCodes[code][language]
  const end = message.indexOf('. ') + 1
  return end === 0
    ? { happened: message, toDo: '' }
    : { happened: message.slice(0, end), toDo: message.slice(end + 1) }
}
