import { styleText } from 'node:util'
import { exits, type Output } from '#src/cli/command.ts'

/** Prints one JSON document for programs; for people lines, with errors on standard error. */
export function print({ exit, lines, json }: Output, isJson: boolean): number {
  if (isJson) process.stdout.write(`${JSON.stringify(json)}\n`)
  else {
    const stream = exit === exits.ok ? process.stdout : process.stderr
    const shown = lines.map(escapeControls)
    for (const [at, line] of shown.entries()) {
      const isError = exit !== exits.ok && at === 0 && markOf(line) === undefined
      stream.write(`${isError ? styleText('red', line, { stream }) : marked(line, stream)}\n`)
    }
  }
  return exit
}

const colours = { '✓': 'green', '!': 'yellow', '✗': 'red' } as const

/** The mark of a finding, at the beginning of its line. */
function markOf(line: string): keyof typeof colours | undefined {
  return (Object.keys(colours) as (keyof typeof colours)[]).find((mark) => line.startsWith(`${mark} `))
}

/** Colours the mark, on a terminal that has colours and unless NO_COLOR is set. */
function marked(line: string, stream: NodeJS.WriteStream): string {
  const mark = markOf(line)
  return mark === undefined ? line : `${styleText(colours[mark], mark, { stream })}${line.slice(mark.length)}`
}

/** Users choose their names: control characters in one could send commands to the terminal of an operator. */
export function escapeControls(line: string): string {
  return line.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) => {
    return `\\u{${character.codePointAt(0)?.toString(16)}}`
  })
}
