import { z } from 'zod'
import { applyApps, planApps } from '#src/apps/apply-apps.ts'
import { AppsFile, AppsFileProblem, DescribedApps, describedApps } from '#src/apps/apps-file.ts'
import type { Change } from '#src/apps/settle-app.ts'
import { byCli } from '#src/audit/by.ts'
import {
  type Arguments,
  type Command,
  type Context,
  failure,
  type LocalCommand,
  type Output,
  success,
  type WorldCommand,
  worldCommand,
} from '#src/cli/command.ts'
import { propagationOnWire, propagationSentence } from '#src/cli/commands/one-user.ts'
import { runCommand } from '#src/cli/run-command.ts'
import { readAppsFile } from '#src/settings/apps-file.ts'

const input = z.strictObject({ described: DescribedApps, removes: z.boolean() })
const removeFlag = {
  remove: {
    kind: 'switch',
    summary: 'Remove apps and APIs that are no longer in the file.',
  },
} as const

/** The commands below send these to a running server, with the secrets hashed. No table lists them. */
const servedPlan = worldCommand({
  name: 'apps-plan',
  creates: 'nothing',
  summary: 'Report what applying described apps would change.',
  operands: [],
  flags: {},
  input,
  run: (world, { described, removes }) =>
    explained(async () => outputOf(await planApps(world, described, { by: byCli, removes }), 'planned')),
})

const servedApply = worldCommand({
  name: 'apps-apply',
  creates: 'nothing',
  summary: 'Apply described apps.',
  operands: [],
  flags: {},
  input,
  run: (world, { described, removes }) =>
    explained(async () => {
      const { changes, propagated } = await applyApps(world, described, { by: byCli, removes })
      const output = outputOf(changes, 'applied')
      if (!propagated) return output
      const propagation = await propagated
      const json = { ...(output.json as Record<string, never>), ...propagationOnWire(propagation) }
      return success([...output.lines, propagationSentence(propagation)], json)
    }),
})

export const servedAppsCommands: readonly WorldCommand[] = [servedPlan, servedApply]

const plan: LocalCommand = {
  name: 'apps plan',
  summary: 'Print what applying a file of apps would change, and change nothing.',
  operands: ['file'],
  flags: removeFlag,
  needs: 'nothing',
  run: (args, context) => send(servedPlan, args, context),
}

const apply: LocalCommand = {
  name: 'apps apply',
  summary: 'Apply a file of apps and APIs, in one transaction.',
  operands: ['file'],
  flags: removeFlag,
  needs: 'nothing',
  run: (args, context) => send(servedApply, args, context),
}

const schema: LocalCommand = {
  name: 'apps schema',
  summary: 'Print the JSON Schema of a file of apps.',
  operands: [],
  flags: {},
  needs: 'nothing',
  run: async () => {
    const document = appsFileSchema()
    return success(JSON.stringify(document, undefined, 2).split('\n'), document)
  },
}

export const appsFileCommands: readonly Command[] = [plan, apply, schema]

/** For editors, and for checks before a file is applied. */
export function appsFileSchema() {
  return { title: 'A file of apps and APIs for Sigil', ...z.toJSONSchema(AppsFile, { io: 'input' }) } as never
}

/** The file and its secrets are read here: the server may have neither this folder nor this environment. */
async function send(command: WorldCommand, args: Arguments, context: Context): Promise<Output> {
  const file = readAppsFile(String(args.file), context.env)
  if (typeof file === 'string') return failure('apps_file', [file])
  return explained(async () => {
    const described = describedApps(file.document, file.secretOf)
    return runCommand(command, { described, removes: args.remove === true }, context)
  })
}

async function explained(work: () => Promise<Output>): Promise<Output> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof AppsFileProblem)) throw error
    return failure('apps_file', [...error.problems, 'Nothing was changed.'])
  }
}

const signs = { add: '+', change: '~', remove: '-', unlisted: ' ' } as const

function outputOf(changes: readonly Change[], done: 'planned' | 'applied'): Output {
  const lines = changes.flatMap(({ kind, id, change, fields }) => {
    if (change === 'none') return []
    const about = fields.length > 0 ? `: ${fields.join(', ')}` : ''
    const note = change === 'unlisted' ? ' is not in the file. --remove removes it.' : ''
    return [`${signs[change]} ${kind} ${id}${about}${note}`]
  })
  const json = changes.map(({ fields, ...change }) => ({ ...change, fields: [...fields] }))
  const isSame = changes.every(({ change }) => change === 'none' || change === 'unlisted')
  return success([...lines, ...(isSame ? ['Nothing to change.'] : [])], { [done]: json })
}
