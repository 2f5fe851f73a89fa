/** A color as `#rrggbb` in three bytes. */
type Bytes = readonly [number, number, number]

/** WCAG 2.2: the contrast ratio of two colors written as `#rrggbb`, from 1 to 21. */
export function contrastOf(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(bytesOf(one)), luminance(bytesOf(other))].sort((a, b) => b - a)
  return (light + 0.05) / (dark + 0.05)
}

/** A color between two others: `share` of the second one, from 0 to 1. */
export function mixed(one: string, other: string, share: number): string {
  const [first, second] = [bytesOf(one), bytesOf(other)]
  const parts = first.map((byte, at) => Math.round(byte + ((second[at] ?? 0) - byte) * share))
  return `#${parts.map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

function bytesOf(color: string): Bytes {
  const value = Number.parseInt(color.slice(1), 16)
  return [value >> 16, (value >> 8) & 255, value & 255]
}

function luminance(color: Bytes): number {
  const [red = 0, green = 0, blue = 0] = color.map((byte) => {
    const channel = byte / 255
    return channel <= 0.040_45 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
