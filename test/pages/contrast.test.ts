import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

const css = readFileSync(
  new URL(import.meta.resolve('#src/pages/assets.ts')).pathname.replace(/\.ts$/, '/sigil.css'),
  'utf8',
)
const themes = { light: css.slice(0, css.indexOf('@media')), dark: css.slice(css.indexOf('@media (prefers')) }

/** Text over its background: WCAG 2.2 section 1.4.3. */
const texts = [
  ...pairs(['n10', 'n11', 'n12', 'accent', 'bad', 'good', 'warn'], ['n1', 'n2']),
  ...pairs(['n10', 'n12'], ['n3', 'n4']),
  ...pairs(['on-fill'], ['fill', 'fill-strong', 'bad-fill', 'bad-fill-strong']),
  ['n11', 'n4'],
  ['bad', 'bad-tint'],
  ['good', 'good-tint'],
  ['warn', 'warn-tint'],
] as const

/** Borders of controls, bars of plots and the focus ring: WCAG 2.2 section 1.4.11. */
const controls = [...pairs(['n8', 'fill', 'accent', 'bad', 'bad-fill'], ['n1', 'n2'])] as const

for (const [theme, text] of Object.entries(themes)) {
  const tokens = tokensIn(text)

  test(`text has a contrast of 4.5 to its background in the ${theme} theme`, () => {
    assert.deepEqual(below(4.5, texts, tokens), [])
  })

  test(`controls have a contrast of 3 to their background in the ${theme} theme`, () => {
    assert.deepEqual(below(3, controls, tokens), [])
  })
}

test('the contrast of known colors is computed correctly', () => {
  const tokens = new Map([
    ['black', luminance(0, 0, 0)],
    ['white', luminance(1, 0, 0)],
    // #767676 is the lightest gray with a contrast of 4.5 to white.
    ['gray', luminance(0.5645, 0, 0)],
  ])
  assert.ok(Math.abs(contrast(tokens, 'black', 'white') - 21) < 0.01)
  assert.ok(Math.abs(contrast(tokens, 'gray', 'white') - 4.54) < 0.05)
})

function pairs(front: readonly string[], back: readonly string[]): [string, string][] {
  return front.flatMap((one) => back.map((other): [string, string] => [one, other]))
}

function below(
  min: number,
  checked: readonly (readonly [string, string])[],
  tokens: ReadonlyMap<string, number>,
): string[] {
  const low = checked.filter(([front, back]) => contrast(tokens, front, back) < min)
  return low.map(([front, back]) => `${front} on ${back}: ${contrast(tokens, front, back).toFixed(2)}`)
}

/** The luminance of each token that is a color without alpha. */
function tokensIn(text: string): Map<string, number> {
  const found = text.matchAll(/--([\w-]+): oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\);/g)
  return new Map(
    [...found].map(([, name = '', light, chroma, hue]) => [
      name,
      luminance(Number(light) / 100, Number(chroma), Number(hue)),
    ]),
  )
}

function contrast(tokens: ReadonlyMap<string, number>, front: string, back: string): number {
  const [one, other] = [tokens.get(front), tokens.get(back)]
  if (one === undefined || other === undefined)
    throw new Error(`The stylesheet has no color ${front} or ${back}`)
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)
}

/** The relative luminance of an OKLCH color: https://www.w3.org/TR/css-color-4/#color-conversion-code */
function luminance(light: number, chroma: number, hue: number): number {
  const [a, b] = [chroma * Math.cos((hue * Math.PI) / 180), chroma * Math.sin((hue * Math.PI) / 180)]
  const l = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (light - 0.0894841775 * a - 1.291485548 * b) ** 3
  const channels = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ]
  const [red = 0, green = 0, blue = 0] = channels.map((value) => Math.min(1, Math.max(0, value)))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
