/** What was looked at, how it is, and what to do about it. */
export type Finding = {
  readonly check: string
  readonly verdict: 'ok' | 'warning' | 'wrong'
  readonly message: string
  readonly advice: string | null
}

export function ok(check: string, message: string): Finding {
  return { check, verdict: 'ok', message, advice: null }
}

/** Not broken, or not certainly: somebody should look. */
export function warning(check: string, message: string, advice: string): Finding {
  return { check, verdict: 'warning', message, advice }
}

export function wrong(check: string, message: string, advice: string): Finding {
  return { check, verdict: 'wrong', message, advice }
}

const marks = { ok: '✓', warning: '!', wrong: '✗' } as const

/** One line each, as wide as the name of the longest check. */
export function linesOf(findings: readonly Finding[]): string[] {
  const width = Math.max(...findings.map(({ check }) => check.length))
  return findings.map(({ check, verdict, message, advice }) => {
    return `${marks[verdict]} ${check.padEnd(width)}  ${message}${advice === null ? '' : ` ${advice}`}`
  })
}
