import type { z } from 'zod'
import type { ErrorCode } from '#src/errors/error-codes.ts'
import type { AppError } from '#src/errors/errors.ts'
import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import type { CookieName } from '#src/http/cookies.ts'

type NoSchema = z.ZodType<unknown>

/** What a caller can show to say who calls. */
export type Proof =
  | 'bearer'
  | 'access_cookie'
  | 'refresh_cookie'
  | 'page_session'
  | 'verifier_key'
  | 'verifier_basic'

/**
 * Counts every call before anything else looks at it. What it tells goes with the answer, whatever that is.
 */
export type Limit<World> = {
  readonly name: string
  readonly count: (
    world: World,
    call: Call,
  ) => Promise<{ headers: Readonly<Record<string, string>>; refusal: AppError | undefined }>
}

/** What one call takes, gives and does. The route table puts it at a URL behind a guard. */
export type Endpoint<World, Body extends NoSchema = NoSchema, Query extends NoSchema = NoSchema> = {
  /** One sentence for the reference: what the call is for. */
  readonly summary: string
  /** The JSON object (or form) it takes. Absent: a body is not read. */
  readonly body?: Body
  readonly query?: Query
  /** Every success it answers with: its status, and the schema of its body where it has one. */
  readonly responses: Readonly<Record<number, z.ZodType | null>>
  /** The refusals it can give beyond those of every call. */
  readonly errors: readonly ErrorCode[]
  /** Any of which it looks at itself, where its guard lets anyone in. Absent: none. */
  readonly proofs?: readonly Proof[]
  /** The content type of what it answers, where that is not plain JSON. */
  readonly mediaType?: string
  /** What its successes say in headers of their own: the name, and what it tells. */
  readonly headers?: Readonly<Record<string, string>>
  /** The cookies that its successes set, or may set, and those that they take away. */
  readonly setsCookies?: readonly CookieName[]
  readonly clearsCookies?: readonly CookieName[]
  /** How often it may be called. Absent: as often as anybody likes. */
  readonly limit?: Limit<World>
  /** Told of a query or body that was refused, where whoever could mend it may not see the answer. */
  readonly logInvalidRole?: (world: World, refusal: AppError) => void
  readonly handle: (world: World, call: Call<z.output<Body>, z.output<Query>>) => Answer | Promise<Answer>
}

/** An endpoint with its schemas forgotten, as the route table lists them. */
export type AnyEndpoint<World> = Endpoint<World>

/** Ties the types of the schemas to the handler; the cast is sound because `mount` parses before it calls. */
export function endpoint<World, Body extends NoSchema = NoSchema, Query extends NoSchema = NoSchema>(
  described: Endpoint<World, Body, Query>,
): AnyEndpoint<World> {
  return described as unknown as AnyEndpoint<World>
}
