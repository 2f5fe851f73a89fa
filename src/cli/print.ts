import { exits, type Output } from '#src/cli/command.ts'

export type Printed = { readonly stream: 'stdout' | 'stderr'; readonly text: string }

/** Prints the output of a command and returns its exit code. */
export function print(output: Output, isJson: boolean): number {
  const { stream, text } = printed(output, isJson)
  const streams = { stdout: process.stdout, stderr: process.stderr }
  streams[stream].write(text)
  return output.exit
}

/** One JSON document for programs; for people lines, with errors on standard error. */
export function printed({ exit, lines, json }: Output, isJson: boolean): Printed {
  if (isJson) return { stream: 'stdout', text: `${JSON.stringify(json)}\n` }
  const text = lines.map((line) => `${escapeControls(line)}\n`).join('')
  return { stream: exit === exits.ok ? 'stdout' : 'stderr', text }
}

/** Users choose their names: control characters in one could send commands to the terminal of an operator. */
export function escapeControls(line: string): string {
  return line.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) => {
    return `\\u{${character.codePointAt(0)?.toString(16)}}`
  })
}
