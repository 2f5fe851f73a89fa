import { exits, type Output } from '#src/cli/command.ts'

/** For programs one JSON document, whatever happened; for people lines, and a no on the other stream. */
export function tell({ exit, lines, json }: Output, isJson: boolean): number {
  if (isJson) process.stdout.write(`${JSON.stringify(json)}\n`)
  else {
    const stream = exit === exits.ok ? process.stdout : process.stderr
    for (const line of lines) stream.write(`${harmless(line)}\n`)
  }
  return exit
}

/** People choose their names: one with control characters would command the terminal that it is listed on. */
export function harmless(line: string): string {
  return line.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) => {
    return `\\u{${character.codePointAt(0)?.toString(16)}}`
  })
}
