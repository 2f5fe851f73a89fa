import assert from 'node:assert/strict'
import type { Output } from '#src/cli/command.ts'
import { auditCommands } from '#src/cli/commands/audit.ts'
import type { World } from '#src/world/world.ts'

/** Runs `sigil audit NAME` with the typed arguments, as a server would. */
export async function audit(world: World, name: string, typed: Record<string, string> = {}): Promise<Output> {
  const command = auditCommands.find((one) => one.name === `audit ${name}`)
  assert.ok(command?.needs === 'world')
  return command.run(world, command.input.parse(typed))
}
