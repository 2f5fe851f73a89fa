import { accessSync, constants, statSync } from 'node:fs'

/** Why no backup can be written to a folder, as the end of a sentence; undefined where nothing is wrong. */
export function folderProblem(folder: string): string | undefined {
  try {
    if (!statSync(folder).isDirectory()) return 'is not a folder.'
    accessSync(folder, constants.W_OK | constants.X_OK)
    return undefined
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    return `cannot be written to (${code}).`
  }
}
