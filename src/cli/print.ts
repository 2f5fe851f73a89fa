import { exits, type Output } from '#src/cli/command.ts'

/** Prints one JSON document for programs; for people lines, with errors on standard error. */
export function print({ exit, lines, json }: Output, isJson: boolean): number {
  if (isJson) process.stdout.write(`${JSON.stringify(json)}\n`)
  else {
    const stream = exit === exits.ok ? process.stdout : process.stderr
    for (const line of lines) stream.write(`${escapeControls(line)}\n`)
  }
  return exit
}

/** Users choose their names: control characters in one could send commands to the terminal of an operator. */
export function escapeControls(line: string): string {
  return line.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) => {
    return `\\u{${character.codePointAt(0)?.toString(16)}}`
  })
}
