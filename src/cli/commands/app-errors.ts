import { exits, failure, type Output } from '#src/cli/command.ts'
import { errorCodes } from '#src/errors/error-codes.ts'
import { AppError } from '#src/errors/errors.ts'
import { fieldErrorsIn } from '#src/errors/field-errors.ts'

/** Turns an expected error into the output of the command. */
export async function explained(work: () => Promise<Output>, named = ''): Promise<Output> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    if (error.code === 'not_found') return noSuchApp(named)
    const problems = fieldErrorsIn('en', error.details.errors ?? [])
    const lines = problems.map(({ pointer, detail }) => `${pointer.slice(1)}: ${detail}`)
    if (error.code === 'invalid_request') return failure(exits.usage, error.code, lines)
    return failure(error.status === 409 ? exits.conflict : exits.failed, error.code, [messageOf(error)])
  }
}

function messageOf({ code }: AppError): string {
  return errorCodes[code].en
}

export function noSuchApp(name: string): Output {
  return failure(exits.notFound, 'not_found', [
    `There is no ${name}.`,
    '`sigil app list` lists the apps, `sigil api list` the APIs.',
  ])
}
