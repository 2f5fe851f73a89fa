import { type LocalCommand, type Output, success } from '#src/cli/command.ts'
import { version } from '#src/platform/version.ts'

export const versionCommand: LocalCommand = {
  name: 'version',
  summary: 'Print the version.',
  operands: [],
  flags: {},
  needs: 'nothing',
  run: async () => versionOutput(),
}

export function versionOutput(): Output {
  const { version: node } = process
  return success([`Sigil ${version()} (Node ${node.slice(1)})`], {
    version: version(),
    node: node.slice(1),
  })
}
