import type { Description } from '#src/cli/command.ts'
import { bashCompletion } from '#src/cli/completion/bash.ts'
import { fishCompletion } from '#src/cli/completion/fish.ts'
import { zshCompletion } from '#src/cli/completion/zsh.ts'

export const shells: Readonly<
  Record<string, ((commands: readonly Description[]) => readonly string[]) | undefined>
> = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion }
