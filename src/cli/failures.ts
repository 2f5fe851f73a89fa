import { type Exit, exits, failure, failureWith, type Output } from '#src/cli/command.ts'
import { type Setup, systemFailure } from '#src/cli/system-failures.ts'
import { type ErrorCode, errorCodes } from '#src/errors/error-codes.ts'
import { AppError } from '#src/errors/errors.ts'
import { fieldErrorsIn } from '#src/errors/field-errors.ts'
import { isOperatorError } from '#src/platform/operator-error.ts'
import type { Log } from '#src/telemetry/log.ts'
import { withoutSecretText } from '#src/telemetry/redaction.ts'

type About = { readonly log: Log; readonly settings: Setup }

/** What a command prints after an error, and its exit code. The stack goes to the log only. */
export function failureOf(error: unknown, { log, settings }: About): Output {
  log.debug({ error }, 'Command failed')
  const expected = expectedFailure(error) ?? systemFailure(error, settings)
  if (expected) return expected
  log.error({ error }, 'Unexpected error in a command')
  // The lines after the first are a statement or a list.
  const [message = ''] = withoutSecretText(error instanceof Error ? error.message : String(error)).split('\n')
  return failure('internal', [
    `Unexpected error: ${message}`,
    'Run the command again with SIGIL_LOG_LEVEL=debug to see the stack.',
  ])
}

function expectedFailure(error: unknown): Output | undefined {
  if (error instanceof AppError) return appFailure(error)
  if (!isOperatorError(error)) return undefined
  return failure(error.failureCode, error.message.split('\n'))
}

const exitOfCode: Partial<Record<ErrorCode, Exit>> = {
  invalid_request: exits.usage,
  not_found: exits.notFound,
}

function appFailure({ code, details }: AppError): Output {
  const { errors } = details
  const lines =
    errors && fieldErrorsIn('en', errors).map(({ pointer, detail }) => `${pointer.slice(1)}: ${detail}`)
  return errorFailure(code, lines ?? [errorCodes[code].en])
}

/** The output for an error code of the API. */
export function errorFailure(code: ErrorCode, lines: readonly string[]): Output {
  const exit = exitOfCode[code] ?? (errorCodes[code].status === 409 ? exits.conflict : exits.failed)
  return failureWith(exit, code, lines)
}
