import { type Answer, json } from '#src/http/answer.ts'
import { refusalHeaders } from '#src/http/problem.ts'
import { type Refusal, refusals } from '#src/errors/errors.ts'

/** RFC 6749 section 5.2: the shape of every no of an OAuth endpoint, in one language and without quotes. */
export function oauthProblem(refusal: Refusal): Answer {
  const { status, oauth, en } = refusals[refusal.code]
  return json(
    status,
    { error: oauth, error_description: en.replaceAll('"', "'") },
    {
      ...refusalHeaders(refusal),
      ...(status === 401 ? { 'www-authenticate': 'Basic realm="sigil", Bearer realm="sigil"' } : {}),
    },
  )
}
