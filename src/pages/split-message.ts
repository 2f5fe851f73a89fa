import { type ErrorCode, errorCodes, type Language } from '#src/errors/error-codes.ts'

/** Splits the message of an error: the first sentence describes what happened, the rest what to do. */
export function splitMessage(code: ErrorCode, language: Language): { happened: string; toDo: string } {
  const message = errorCodes[code][language]
  const end = message.indexOf('. ') + 1
  return end === 0
    ? { happened: message, toDo: '' }
    : { happened: message.slice(0, end), toDo: message.slice(end + 1) }
}
