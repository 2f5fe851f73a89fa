import type { z } from 'zod'
import type { ErrorCode } from '#src/errors/error-codes.ts'
import type { AppError } from '#src/errors/errors.ts'
import type { Answer } from '#src/http/answer.ts'
import type { Call } from '#src/http/call.ts'
import type { CookieName } from '#src/http/cookies.ts'

type NoSchema = z.ZodType<unknown>

/** The kinds of authentication. */
export type Proof =
  | 'bearer'
  | 'access_cookie'
  | 'refresh_cookie'
  | 'page_session'
  | 'verifier_key'
  | 'verifier_basic'

/** Counts every call before anything else. Its headers are part of every response, including errors. */
export type Limit<World> = {
  readonly name: string
  readonly count: (
    world: World,
    call: Call,
  ) => Promise<{ headers: Readonly<Record<string, string>>; error: AppError | undefined }>
}

/** The input, the output and the handler of one call. The route table gives it a URL and a guard. */
export type Endpoint<World, Body extends NoSchema = NoSchema, Query extends NoSchema = NoSchema> = {
  /** One sentence for the API reference: what the call does. */
  readonly summary: string
  /** The schema of the JSON object or form. Absent: a body is not read. */
  readonly body?: Body
  readonly query?: Query
  /** Every success: its status, and the schema of its body, if it has one. */
  readonly responses: Readonly<Record<number, z.ZodType | null>>
  /** The error codes it can return besides those of every call. */
  readonly errors: readonly ErrorCode[]
  /** What the endpoint checks itself, where its guard lets anyone in. Absent: nothing. */
  readonly proofs?: readonly Proof[]
  /** The content type of its successes, where that is not plain JSON. */
  readonly mediaType?: string
  /** Further headers of its successes, by name, with a description. */
  readonly headers?: Readonly<Record<string, string>>
  /** The cookies that its successes set or may set, and those that they clear. */
  readonly setsCookies?: readonly CookieName[]
  readonly clearsCookies?: readonly CookieName[]
  /** Whether a 401 may have the header `Location`, for proxies that do not redirect by themselves. */
  readonly leadsToSignIn?: boolean
  /**
   * Whether a GET changes something, as a redirect of OAuth does when it arrives. HEAD is not allowed there:
   * mail scanners and link previews send it.
   */
  readonly changesOnGet?: boolean
  /** How often it may be called. Absent: without a limit. */
  readonly limit?: Limit<World>
  /** Logs an invalid query or body, for operators who do not see the response. */
  readonly logInvalidRole?: (world: World, error: AppError) => void
  readonly handle: (world: World, call: Call<z.output<Body>, z.output<Query>>) => Answer | Promise<Answer>
}

/** An endpoint without the types of its schemas, as the route table lists them. */
export type AnyEndpoint<World> = Endpoint<World>

/**
 * Connects the types of the schemas to the handler; the cast is safe because `mount` parses before it calls.
 */
export function endpoint<World, Body extends NoSchema = NoSchema, Query extends NoSchema = NoSchema>(
  described: Endpoint<World, Body, Query>,
): AnyEndpoint<World> {
  return described as unknown as AnyEndpoint<World>
}
