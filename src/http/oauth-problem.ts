import { errorCodes } from '#src/errors/error-codes.ts'
import type { AppError } from '#src/errors/errors.ts'
import { type Answer, json } from '#src/http/answer.ts'
import { errorHeaders } from '#src/http/problem.ts'

/** RFC 6749 section 5.2: the shape of every no of an OAuth endpoint, in one language and without quotes. */
export function oauthProblem(refusal: AppError): Answer {
  const { status, oauth, en } = errorCodes[refusal.code]
  return json(
    status,
    { error: oauth, error_description: en.replaceAll('"', "'") },
    {
      ...errorHeaders(refusal),
      ...(status === 401 ? { 'www-authenticate': 'Basic realm="sigil", Bearer realm="sigil"' } : {}),
    },
  )
}
