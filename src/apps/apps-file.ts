import { z } from 'zod'
import { clientIdForm, isConfidential } from '#src/apps/app.ts'
import { secretHashOf } from '#src/apps/client-secret.ts'
import { NewApiBody, NewAppBody } from '#src/apps/on-wire.ts'
import { ownFieldText } from '#src/errors/fields.ts'
import type { FailureCode } from '#src/platform/operator-error.ts'
import { checked, sentenceOf } from '#src/platform/plain-issues.ts'
import { Undone } from '#src/store/db.ts'

/** For secrets that the operator chose, so that they are as hard to guess as generated ones. */
const minSecretLength = 32
const maxSecrets = 2

const Path = z.string().min(1).max(1000)

const Secret = z
  .union([z.strictObject({ env: Path }), z.strictObject({ file: Path })], {
    error: 'must be {"env": NAME} or {"file": PATH}',
  })
  .describe('Where the secret is: a variable of the environment, or a file beside this one')

const FileApp = z.strictObject({
  client_id: z
    .string()
    .regex(clientIdForm, { error: 'must begin with `app_`, followed by letters, digits, `-` or `_`' }),
  ...NewAppBody.shape,
  client_secrets: z
    .array(Secret)
    .max(maxSecrets)
    .optional()
    .describe('For apps with a secret: the current one, and during a rotation the previous one'),
})

/**
 * An apps file. It has the same fields as the API, so that a new field is in both. Unknown ones are errors.
 */
export const AppsFile = z.strictObject({
  $schema: z.string().optional(),
  apis: z.array(NewApiBody).max(1000).default([]),
  apps: z.array(FileApp).max(1000).default([]),
})

export type AppsFile = z.output<typeof AppsFile>
export type FileApp = AppsFile['apps'][number]

/** A file with the hashes of the secrets that it refers to, by client ID. */
export const DescribedApps = z.strictObject({
  file: AppsFile,
  secretHashes: z.record(z.string(), z.array(z.string()).max(maxSecrets)),
})

export type DescribedApps = z.output<typeof DescribedApps>

/**
 * A file cannot be applied, and nothing was changed. Each problem is a sentence that begins with the
 * location.
 */
export class AppsFileProblem extends Undone {
  override name = 'AppsFileProblem'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }

  get failureCode(): FailureCode {
    return 'apps_file'
  }
}

type Reference = z.output<typeof Secret>
type ReadSecret = (
  reference: Reference,
) =>
  | { readonly kind: 'secret'; readonly text: string }
  | { readonly kind: 'problem'; readonly message: string }

/** Validates a file and hashes its secrets. Throws an `AppsFileProblem` with everything that is wrong. */
export function describedApps(document: unknown, secretOf: ReadSecret): DescribedApps {
  const parsed = checked(AppsFile, document, ownFieldText)
  if (parsed.kind === 'problems')
    throw new AppsFileProblem(parsed.problems.map((problem) => sentenceOf(problem, 'The file')))
  const { apis, apps } = parsed.value
  const problems = [
    ...repeated(apis.map(({ name }) => name)).map((name) => `apis: ${name} is listed twice.`),
    ...repeated(apps.map((app) => app.client_id)).map((id) => `apps: ${id} is listed twice.`),
  ]
  const secretHashes: Record<string, string[]> = {}
  for (const app of apps) {
    const hashes = hashesOf(app, secretOf)
    secretHashes[app.client_id] = hashes.found
    problems.push(...hashes.problems.map((problem) => `${app.client_id}: ${problem}`))
  }
  if (problems.length > 0) throw new AppsFileProblem(problems)
  return { file: parsed.value, secretHashes }
}

function hashesOf(app: FileApp, secretOf: ReadSecret) {
  const { kind, client_secrets = [], jwks, jwks_uri } = app
  const found: string[] = []
  const problems: string[] = []
  const needsSecret = isConfidential({ kind }) && !jwks && !jwks_uri
  if (needsSecret && client_secrets.length === 0)
    problems.push(`an app of the kind ${kind} needs client_secrets, or keys.`)
  if (!needsSecret && client_secrets.length > 0)
    problems.push(`client_secrets are for web apps and machines without keys. Remove them.`)
  for (const reference of client_secrets) {
    const secret = secretOf(reference)
    if (secret.kind === 'problem') problems.push(secret.message)
    else if (secret.text.length < minSecretLength) {
      const place = 'env' in reference ? reference.env : reference.file
      problems.push(`the secret in ${place} needs at least ${minSecretLength} characters.`)
    } else found.push(secretHashOf(secret.text))
  }
  return { found, problems }
}

function repeated(names: readonly string[]): string[] {
  return names.filter((name, at) => names.indexOf(name) < at)
}
