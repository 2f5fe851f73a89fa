import { errorCodes } from '#src/errors/error-codes.ts'
import type { AppError } from '#src/errors/errors.ts'
import { type Answer, json } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import { badBearer, errorHeaders } from '#src/http/problem.ts'

/**
 * RFC 6749 section 5.2: the shape of every error of an OAuth endpoint, in English and without double quotes.
 */
export function oauthProblem(error: AppError, { header }: Pick<Call, 'header'>): Answer {
  const { status, oauth, en } = errorCodes[error.code]
  const isOfClient = error.code === 'invalid_client'
  return json(
    status,
    { error: oauth, error_description: en.replaceAll('"', "'") },
    {
      ...errorHeaders(error),
      ...badBearer(error, header('authorization')),
      ...(isOfClient ? { 'www-authenticate': 'Basic realm="sigil", Bearer realm="sigil"' } : {}),
    },
  )
}
