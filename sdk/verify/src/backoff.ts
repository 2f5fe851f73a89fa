const firstMs = 100
const maxMs = 5000

/**
 * How long to wait after so many failures in a row; spread, so that ten thousand verifiers do not come at
 * once.
 */
export function backoffMs(failures: number, chance: number): number {
  const whole = Math.min(firstMs * 2 ** Math.min(failures - 1, 16), maxMs)
  return whole * (0.5 + chance / 2)
}
