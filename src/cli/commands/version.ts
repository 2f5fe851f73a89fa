import { type LocalCommand, told } from '#src/cli/command.ts'
import { version } from '#src/cli/version.ts'

export const versionCommand: LocalCommand = {
  name: 'version',
  summary: 'Print the release.',
  operands: [],
  flags: {},
  needs: 'nothing',
  run: async () => {
    const { version: node } = process
    return told([`Sigil ${version()} (Node ${node.slice(1)})`], { version: version(), node: node.slice(1) })
  },
}
