import { dirname, resolve } from 'node:path'
import { jsonProblemText, readJson } from '#src/platform/json-document.ts'
import { readTextFile } from '#src/settings/text-file.ts'

/** Where a secret is stored: never in the file itself. */
export type SecretReference = { readonly env: string } | { readonly file: string }

type Secret =
  | { readonly kind: 'secret'; readonly text: string }
  | { readonly kind: 'problem'; readonly message: string }

/** The file that `SIGIL_APPS_FILE` names, and how its references to secrets are read. */
export type AppsFile = {
  readonly path: string
  /** JSON that is not validated yet. */
  readonly document: unknown
  readonly secretOf: (reference: SecretReference) => Secret
}

type Environment = Readonly<Record<string, string | undefined>>

/** Reads an apps file, or returns a sentence that describes the error. */
export function readAppsFile(path: string, env: Environment): AppsFile | string {
  const read = readTextFile(path)
  if (read.kind === 'problem') return `${path} ${read.why}.`
  const json = readJson(read.text)
  if (json.kind === 'problem') return `${path} ${jsonProblemText(json.problem)}`
  return { path, document: json.value, secretOf: (reference) => secretOf(reference, { path, env }) }
}

function secretOf(reference: SecretReference, { path, env }: { path: string; env: Environment }): Secret {
  if ('file' in reference) return secretIn(resolve(dirname(path), reference.file))
  const text = env[reference.env]?.trim()
  if (text) return { kind: 'secret', text }
  return { kind: 'problem', message: `${reference.env} is not set in the environment.` }
}

function secretIn(path: string): Secret {
  const read = readTextFile(path)
  if (read.kind === 'problem') return { kind: 'problem', message: `${path} ${read.why}.` }
  return { kind: 'secret', text: read.text.trim() }
}
