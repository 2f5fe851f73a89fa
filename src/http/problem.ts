import { errorCodes } from '#src/errors/error-codes.ts'
import type { AppError } from '#src/errors/errors.ts'
import { fieldErrorsIn } from '#src/errors/field-errors.ts'
import { type Answer, json } from '#src/http/answer.ts'
import { hasBearer } from '#src/http/authorization.ts'
import type { Call } from '#src/http/call.ts'
import { rfc3339 } from '#src/platform/clock.ts'

/** RFC 9457: the shape of every error of the API. `type` is a page that explains the code. */
export function problem(error: AppError, about: Pick<Call, 'language' | 'requestId' | 'header'>): Answer {
  const row = errorCodes[error.code]
  const { errors, checks, methods, restore } = error.details
  const sentence = row[about.language]
  const title = sentence.slice(0, sentence.indexOf('. ') + 1) || sentence
  return json(
    row.status,
    {
      type: `/docs/errors/${error.code}`,
      title,
      status: row.status,
      detail: sentence,
      code: error.code,
      request_id: about.requestId,
      ...(errors ? { errors: fieldErrorsIn(about.language, errors) } : {}),
      ...(checks ? { checks } : {}),
      ...(methods ? { methods } : {}),
      ...(restore ? { restore_token: restore.token, deletes_at: rfc3339(restore.deletesAt) } : {}),
    },
    {
      'content-type': 'application/problem+json',
      'content-language': about.language,
      ...errorHeaders(error),
      ...badBearer(error, about.header('authorization')),
    },
  )
}

/** RFC 9470 section 3: the session is fine, but its proof is too old or too weak for this call. */
const stepUpChallenge = 'Bearer realm="sigil", error="insufficient_user_authentication", max_age=600'

/** RFC 6750 section 3: `invalid_token` is returned only to a client that sent a token. */
export function badBearer({ code }: AppError, authorization = ''): Record<string, string> {
  if (code === 'step_up_required') return { 'www-authenticate': stepUpChallenge }
  if (code !== 'not_signed_in' && code !== 'invalid_registration_token') return {}
  // RFC 9449 section 7.1.
  if (/^DPoP /i.test(authorization))
    return { 'www-authenticate': 'DPoP realm="sigil", error="invalid_token"' }
  if (!hasBearer(authorization)) return {}
  return { 'www-authenticate': 'Bearer realm="sigil", error="invalid_token"' }
}

/** The headers of an error, whether its body is JSON or a page. */
export function errorHeaders({ code, status, details }: AppError): Record<string, string> {
  const { retryAfterSeconds, allow, location } = details
  return {
    ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterSeconds)) }),
    ...(allow === undefined ? {} : { allow }),
    ...(location === undefined ? {} : { location }),
    // RFC 9110 section 15.5.16: a 415 for a content coding lists the accepted ones.
    ...(code === 'encoded_body' ? { 'accept-encoding': 'identity' } : {}),
    // RFC 9110 section 15.5.2: a 401 names the accepted scheme.
    ...(status === 401 ? { 'www-authenticate': 'Bearer realm="sigil"' } : {}),
  }
}
