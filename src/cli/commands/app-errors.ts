import { failure, type Output } from '#src/cli/command.ts'
import { AppError } from '#src/errors/errors.ts'

/** Names the app or API that does not exist. */
export async function explained(work: () => Promise<Output>, named: string): Promise<Output> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') return noSuchApp(named)
    throw error
  }
}

export function noSuchApp(name: string): Output {
  return failure('not_found', [
    `There is no ${name}.`,
    '`sigil app list` lists the apps, `sigil api list` the APIs.',
  ])
}
