import { readFileSync } from 'node:fs'
import type { Site } from '#src/http/call.ts'
import { type AssetFile, fileOf, icon } from '#src/pages/assets.ts'
import { contrastOf, mixed } from '#src/platform/contrast.ts'
import { perWorld, type World } from '#src/world/world.ts'

type Brand = { readonly site: Site; readonly files: readonly AssetFile[] }

/** A logo may be an SVG with scripts, which must not run when it is opened directly. */
const picturePolicy = { 'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox" }

const brandOf = perWorld(({ settings }): Brand => {
  const { brandName, brandColor, brandLogo, publicUrl, privacyUrl, termsUrl, helpUrl } = settings
  const logo =
    brandLogo &&
    fileOf({
      name: 'logo',
      extension: brandLogo.extension,
      type: brandLogo.type,
      bytes: readFileSync(brandLogo.path),
      headers: picturePolicy,
    })
  const colors = brandColor === undefined ? undefined : fileOf(colorsOf(brandColor))
  return {
    site: {
      name: brandName,
      url: publicUrl,
      logo: logo?.path,
      icon: logo?.path ?? icon,
      colors: colors?.path,
      links: { privacy: privacyUrl, terms: termsUrl, help: helpUrl },
    },
    files: [logo, colors].filter((file) => file !== undefined),
  }
})

export function siteOf(world: World): Site {
  return brandOf(world).site
}

/** The files that belong to the settings of one server. */
export function brandFiles(world: World): readonly AssetFile[] {
  return brandOf(world).files
}

/** The surfaces of `sigil.css` that the accent has to stand out from in the dark theme. */
const darkSurface = '#24282c'

/** A stylesheet with an accent color, unchanged in the light theme and lightened in the dark one. */
function colorsOf(color: string) {
  const steps = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
  const onDark = steps
    .map((share) => mixed(color, '#ffffff', share))
    .find((tint) => contrastOf(tint, darkSurface) >= 6)
  const fill = `--fill: ${color}; --fill-strong: ${mixed(color, '#000000', 0.2)}`
  const css = `:root { --accent: ${color}; --accent-tint: ${mixed(color, '#ffffff', 0.92)}; ${fill} }
@media (prefers-color-scheme: dark) {
  :root { --accent: ${onDark ?? '#ffffff'}; --accent-tint: ${mixed(color, '#111111', 0.75)} }
}
`
  return { name: 'colors', extension: 'css', type: 'text/css; charset=utf-8', bytes: Buffer.from(css) }
}
