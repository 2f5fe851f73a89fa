import { z } from 'zod'
import { type Exit, exits, failure, type Output } from '#src/cli/command.ts'
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
  return failure(exits.failed, 'internal', [
    `Unexpected error: ${message}`,
    'Run the command again with SIGIL_LOG_LEVEL=debug to see the stack.',
  ])
}

function expectedFailure(error: unknown): Output | undefined {
  if (error instanceof AppError) return appFailure(error)
  if (error instanceof z.ZodError) return usageFailure(error)
  if (!isOperatorError(error)) return undefined
  const { code, exit } = error.commandFailure
  return failure(exits[exit], code, error.message.split('\n'))
}

const exitOfCode: Partial<Record<ErrorCode, Exit>> = {
  invalid_request: exits.usage,
  not_found: exits.notFound,
}

function appFailure({ code, status, details }: AppError): Output {
  const { errors } = details
  const lines =
    errors && fieldErrorsIn('en', errors).map(({ pointer, detail }) => `${pointer.slice(1)}: ${detail}`)
  const exit = exitOfCode[code] ?? (status === 409 ? exits.conflict : exits.failed)
  return failure(exit, code, lines ?? [errorCodes[code].en])
}

function usageFailure({ issues }: z.ZodError): Output {
  const lines = issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  return failure(exits.usage, 'usage', lines)
}
