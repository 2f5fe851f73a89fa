import type { Command } from '#src/cli/command.ts'
import { healthcheckCommand } from '#src/cli/commands/healthcheck.ts'
import { dev, startCommand } from '#src/cli/commands/start.ts'
import { versionCommand } from '#src/cli/commands/version.ts'

/** The commands that process managers run. They are found without loading the whole table. */
export const quickCommands: readonly Command[] = [startCommand, dev, healthcheckCommand, versionCommand]
