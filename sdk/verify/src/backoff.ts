const firstMs = 100
const maxMs = 5000

/** How long to wait after this many failures in a row, with jitter. `random` is from 0 to below 1. */
export function backoffMs(failures: number, random: number): number {
  const whole = Math.min(firstMs * 2 ** Math.min(failures - 1, 16), maxMs)
  return whole * (0.5 + random / 2)
}
