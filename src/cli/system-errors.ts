/** The name that the operating system gave to what went wrong: ENOENT, EACCES. */
export function codeOf(fault: unknown): string | undefined {
  return fault instanceof Error && 'code' in fault && typeof fault.code === 'string' ? fault.code : undefined
}

/** A fault and what caused it, the outermost first. */
export function causesOf(fault: unknown): Error[] {
  const causes: Error[] = []
  for (let at = fault; at instanceof Error && causes.length < 8; at = at.cause) causes.push(at)
  return causes
}
