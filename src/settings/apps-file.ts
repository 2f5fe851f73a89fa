import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

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
  const read = textIn(path)
  if (read.kind === 'problem') return read.message
  try {
    const document: unknown = JSON.parse(read.text)
    return { path, document, secretOf: (reference) => secretOf(reference, { path, env }) }
  } catch {
    return `${path} is not valid JSON.`
  }
}

function secretOf(reference: SecretReference, { path, env }: { path: string; env: Environment }): Secret {
  if ('file' in reference) return textIn(resolve(dirname(path), reference.file))
  const text = env[reference.env]?.trim()
  if (text) return { kind: 'secret', text }
  return { kind: 'problem', message: `${reference.env} is not set in the environment.` }
}

function textIn(path: string): Secret {
  try {
    const text = readFileSync(path, 'utf8').trim()
    return text === '' ? { kind: 'problem', message: `${path} is empty.` } : { kind: 'secret', text }
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? error.code : error
    return { kind: 'problem', message: `${path} cannot be read (${reason}).` }
  }
}
