import { print } from '#src/cli/print.ts'
import { quickOutput } from '#src/cli/quick.ts'
import { stayAwake } from '#src/platform/clock.ts'
import type { Environment } from '#src/settings/settings.ts'

/** Runs `sigil ...` and returns its exit code. */
export async function runCli(argv: readonly string[], env: Environment): Promise<number> {
  // A reader that needs only the first lines closes the pipe, as `head` does. That is not an error.
  process.stdout.on('error', () => process.exit(0))
  const allowExit = stayAwake()
  try {
    const isJson = argv.includes('--json')
    const words = argv[0] === 'help' && argv.length > 1 ? [...argv.slice(1), '--help'] : argv
    return print(quickOutput(words) ?? (await dispatched(words, env, isJson)), isJson)
  } finally {
    allowExit()
  }
}

async function dispatched(words: readonly string[], env: Environment, isJson: boolean) {
  const { dispatch } = await import('#src/cli/dispatch.ts')
  return dispatch(words, env, isJson)
}
