import { z } from 'zod'
import { type Imported, type ImportProgress, importUsers } from '#src/accounts/import.ts'
import { byCli } from '#src/audit/by.ts'
import { exits, failure, type Json, type Output, type Report, worldCommand } from '#src/cli/command.ts'
import { FilePath } from '#src/cli/file-path.ts'
import { pace } from '#src/cli/pace.ts'
import { FirebaseParameters } from '#src/credentials/passwords/firebase.ts'
import type { Clock } from '#src/platform/clock.ts'
import { jsonProblemText, readJson } from '#src/platform/json-document.ts'
import { checked, sentenceOf } from '#src/platform/plain-issues.ts'
import { readTextFile } from '#src/settings/text-file.ts'

export const importUsersCommand = worldCommand({
  name: 'import users',
  creates: (input) => (input['dry-run'] ? 'nothing' : 'database'),
  summary: 'Import users from another system, with their password hashes: one JSON object per line.',
  operands: ['file'],
  flags: {
    'dry-run': { kind: 'switch', summary: 'Validate the file without importing anything.' },
    'skip-existing': {
      kind: 'switch',
      summary: 'Skip users that already exist, instead of importing none.',
    },
    'skip-invalid': {
      kind: 'switch',
      summary: 'Skip lines that are invalid and report them, instead of importing none.',
    },
    firebase: {
      kind: 'text',
      value: 'FILE',
      required: false,
      summary: 'The password hash parameters of a Firebase project, as JSON.',
    },
  },
  input: z.strictObject({
    file: FilePath,
    'dry-run': z.literal(true).optional(),
    'skip-existing': z.literal(true).optional(),
    'skip-invalid': z.literal(true).optional(),
    firebase: FilePath.optional(),
  }),
  run: async (world, { file, firebase, ...flags }, report) => {
    const parameters = firebase === undefined ? undefined : readParameters(firebase)
    if (parameters && 'exit' in parameters) return parameters
    const imported = await importUsers(world, {
      file,
      firebase: parameters,
      skipsExisting: flags['skip-existing'] === true,
      skipsInvalid: flags['skip-invalid'] === true,
      isRehearsal: flags['dry-run'] === true,
      by: byCli,
      onProgress: progressOf(world.clock, report),
    })
    return outputOf(imported, {
      skipsExisting: flags['skip-existing'] === true,
      skipsInvalid: flags['skip-invalid'] === true,
    })
  },
})

/** The lines of the file are known once it has been validated. */
function progressOf(clock: Clock, report: Report): (progress: ImportProgress) => void {
  const validated = pace(clock, 'lines validated', report)
  let imported: ReturnType<typeof pace> | undefined
  return ({ step, lines, total }) => {
    if (step === 'validated') return validated(lines)
    imported ??= pace(clock, 'lines imported', report)
    imported(lines, total)
  }
}

type Skips = { readonly skipsExisting: boolean; readonly skipsInvalid: boolean }

function outputOf(imported: Imported, { skipsExisting, skipsInvalid }: Skips): Output {
  const { lines, users, problems, conflicts, isWritten } = imported
  const result: Json = {
    lines,
    users,
    written: isWritten,
    problem_count: problems.count,
    problems: problems.first.map(({ line, path, message }) => ({ line, path, message })),
    conflict_count: conflicts.count,
    conflicts: conflicts.first.map(({ line, email, taken }) => ({ line, email, taken })),
  }
  const details = [
    ...problems.first.map(problemLine),
    ...conflicts.first.map(({ line, email, taken }) => `Line ${line}: the ${taken} of ${email} is taken.`),
    ...rest(problems.count - problems.first.length + conflicts.count - conflicts.first.length),
  ]
  if (problems.count > 0 && !skipsInvalid) {
    const end = 'No users were imported. Correct the file, or skip these lines with --skip-invalid.'
    return importFailure('import_invalid', [...details, end], result)
  }
  if (conflicts.count > 0 && !skipsExisting) {
    const end = isWritten
      ? `${users} were imported. The others were created in the meantime and are unchanged.`
      : 'No users were imported. Use --skip-existing to skip users that already exist.'
    return importFailure('import_conflicts', [...details, end], result)
  }
  const done = isWritten ? 'imported' : 'can be imported; nothing was written'
  const skipped =
    problems.count === 0 ? [] : [`Invalid lines that were skipped: ${lines - users - conflicts.count}.`]
  return {
    exit: exits.ok,
    lines: [...details, ...skipped, `${users} of ${lines} users ${done}.`],
    json: result,
  }
}

function importFailure(
  code: 'import_invalid' | 'import_conflicts',
  lines: string[],
  result: { readonly [name: string]: Json },
): Output {
  const { exit, json } = failure(code, lines.slice(-1))
  return { exit, lines, json: { ...(json as typeof result), ...result } }
}

function rest(count: number): string[] {
  return count > 0 ? [`And ${count} more.`] : []
}

function problemLine({ line, path, message }: Imported['problems']['first'][number]): string {
  return `Line ${line}${message.startsWith(path) ? '' : `, ${path}`}: ${message}`
}

function readParameters(path: string): FirebaseParameters | Output {
  const file = readTextFile(path)
  if (file.kind === 'problem') return failure('file_missing', [`${path} ${file.why}.`])
  const json = readJson(file.text)
  if (json.kind === 'problem') return unusable(`${path} ${jsonProblemText(json.problem)}`)
  const read = checked(FirebaseParameters, json.value)
  if (read.kind === 'ok') return read.value
  return unusable(
    `${path} does not contain the parameters of a Firebase project.`,
    ...read.problems.map((problem) => sentenceOf(problem, 'The file')),
  )
}

function unusable(...lines: readonly string[]): Output {
  return failure('firebase_file', lines)
}
