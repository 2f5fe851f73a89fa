import type { z } from 'zod'
import { AppError, errorCodes, type FieldError } from '#src/errors/errors.ts'
import { fieldCodeOf } from '#src/errors/fields.ts'
import { type Answer, json } from '#src/http/answer.ts'
import { hasBearer } from '#src/http/authorization.ts'
import type { Call } from '#src/http/call.ts'

/** RFC 9457: one shape for every no. `type` is a page that explains the code. */
export function problem(refusal: AppError, about: Pick<Call, 'language' | 'requestId' | 'header'>): Answer {
  const row = errorCodes[refusal.code]
  const { errors, checks, methods } = refusal.details
  const sentence = row[about.language]
  const title = sentence.slice(0, sentence.indexOf('. ') + 1) || sentence
  return json(
    row.status,
    {
      type: `/docs/errors/${refusal.code}`,
      title,
      status: row.status,
      detail: sentence,
      code: refusal.code,
      request_id: about.requestId,
      ...(errors ? { errors } : {}),
      ...(checks ? { checks } : {}),
      ...(methods ? { methods } : {}),
    },
    {
      'content-type': 'application/problem+json',
      'content-language': about.language,
      ...errorHeaders(refusal),
      ...badBearer(refusal, about.header('authorization')),
    },
  )
}

/** RFC 9470 section 3: the session is fine, but its proof is too old or too weak for this call. */
const stepUpChallenge = 'Bearer realm="sigil", error="insufficient_user_authentication", max_age=600'

/** RFC 6750 section 3: a bad token is named as such; without one only the scheme is. */
function badBearer({ code }: AppError, authorization = ''): Record<string, string> {
  if (code === 'step_up_required') return { 'www-authenticate': stepUpChallenge }
  if (code !== 'not_signed_in' || !hasBearer(authorization)) return {}
  return { 'www-authenticate': 'Bearer realm="sigil", error="invalid_token"' }
}

/** What a refusal says to the machine that asked, whether its body is JSON or a page. */
export function errorHeaders({ code, status, details }: AppError): Record<string, string> {
  const { retryAfterSeconds, allow } = details
  return {
    ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterSeconds)) }),
    ...(allow === undefined ? {} : { allow }),
    // RFC 9110 section 15.5.16: a 415 for a coding names those that would be accepted.
    ...(code === 'encoded_body' ? { 'accept-encoding': 'identity' } : {}),
    // RFC 9110 section 15.5.2: a 401 names the scheme that would be accepted.
    ...(status === 401 ? { 'www-authenticate': 'Bearer realm="sigil"' } : {}),
  }
}

/** More than anybody mends at once. An answer, or a line of the log, must not be many times what was sent. */
const maxReported = 20

/** What a schema found wrong, as a refusal that points at each field. Values are never repeated. */
export function errorOf({ issues }: Pick<z.ZodError, 'issues'>): AppError {
  return new AppError('invalid_request', { errors: issues.flatMap(fieldProblems).slice(0, maxReported) })
}

function fieldProblems(issue: z.core.$ZodIssue): FieldError[] {
  const paths =
    issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path]
  const [code, detail] = [fieldCodeOf(issue), issue.message]
  return paths.map((path) => ({ pointer: pointerTo(path), code, detail }))
}

/** RFC 6901. Keys come from the client, so they are cut short. */
function pointerTo(path: readonly PropertyKey[]): string {
  return path
    .map(
      (step) => `/${String(step).slice(0, 100).toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1')}`,
    )
    .join('')
}
