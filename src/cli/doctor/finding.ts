/** The result of one check, with advice where something is wrong. */
export type Finding = {
  readonly check: string
  readonly verdict: 'ok' | 'warning' | 'wrong'
  readonly message: string
  readonly advice: string | null
}

export function ok(check: string, message: string): Finding {
  return { check, verdict: 'ok', message, advice: null }
}

/** Something that may be wrong and that an operator should look at. */
export function warning(check: string, message: string, advice: string): Finding {
  return { check, verdict: 'warning', message, advice }
}

export function wrong(check: string, message: string, advice: string): Finding {
  return { check, verdict: 'wrong', message, advice }
}

const marks = { ok: '✓', warning: '!', wrong: '✗' } as const

/** One line for each finding, with the names of the checks aligned. */
export function linesOf(findings: readonly Finding[]): string[] {
  const width = Math.max(...findings.map(({ check }) => check.length))
  return findings.map(({ check, verdict, message, advice }) => {
    return `${marks[verdict]} ${check.padEnd(width)}  ${message}${advice === null ? '' : ` ${advice}`}`
  })
}
