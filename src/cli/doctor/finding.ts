/** What was looked at, how it is, and what to do about it. */
export type Finding = {
  readonly check: string
  readonly verdict: 'ok' | 'warning' | 'wrong'
  readonly says: string
  readonly advice: string | null
}

export function ok(check: string, says: string): Finding {
  return { check, verdict: 'ok', says, advice: null }
}

/** Not broken, or not certainly: somebody should look. */
export function warning(check: string, says: string, advice: string): Finding {
  return { check, verdict: 'warning', says, advice }
}

export function wrong(check: string, says: string, advice: string): Finding {
  return { check, verdict: 'wrong', says, advice }
}

const marks = { ok: '✓', warning: '!', wrong: '✗' } as const

/** One line each, as wide as the name of the longest check. */
export function linesOf(findings: readonly Finding[]): string[] {
  const width = Math.max(...findings.map(({ check }) => check.length))
  return findings.map(({ check, verdict, says, advice }) => {
    return `${marks[verdict]} ${check.padEnd(width)}  ${says}${advice === null ? '' : ` ${advice}`}`
  })
}
