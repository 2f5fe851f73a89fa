import { errorCodes } from '#src/errors/error-codes.ts'
import type { AppError } from '#src/errors/errors.ts'
import { type Answer, json } from '#src/http/answer.ts'
import { errorHeaders } from '#src/http/problem.ts'

/**
 * RFC 6749 section 5.2: the shape of every error of an OAuth endpoint, in English and without double quotes.
 */
export function oauthProblem(error: AppError): Answer {
  const { status, oauth, en } = errorCodes[error.code]
  return json(
    status,
    { error: oauth, error_description: en.replaceAll('"', "'") },
    {
      ...errorHeaders(error),
      ...(status === 401 ? { 'www-authenticate': 'Basic realm="sigil", Bearer realm="sigil"' } : {}),
    },
  )
}
