import { z } from 'zod'
import { requirementIn, requirementText } from '#src/apps/path-rules.ts'
import { maxHosts, maxRules, type ProxySite } from '#src/apps/proxy-site.ts'
import { text } from '#src/http/text.ts'

const Rule = z.strictObject({
  path: text({ min: 1, max: 500 }).describe('The path and everything below it. The longest path decides'),
  requires: z
    .string()
    .refine((text) => requirementIn(text) !== undefined)
    .describe('`public`, `signed_in`, `aal2`, `roles:editor,admin` (any of them) or `aal2+roles:…`'),
})

/** The fields of an app of the kind `proxy`. */
export const SiteFields = {
  hosts: z
    .array(text({ min: 1, max: 260 }))
    .max(maxHosts)
    .optional()
    .describe('Kind `proxy`: its hosts, such as `app.example.com`, optionally with a port'),
  path_rules: z
    .array(Rule)
    .max(maxRules)
    .optional()
    .describe('Kind `proxy`: rules for its paths. All other paths need a sign-in'),
  allow_preflight: z
    .boolean()
    .optional()
    .describe('Kind `proxy`: CORS preflights, which carry no cookies, reach the app. Default: false'),
} as const

export const SiteBody = {
  hosts: z.array(z.string()),
  path_rules: z.array(z.object({ path: z.string(), requires: z.string() })),
  allow_preflight: z.boolean(),
} as const

type SiteValues = z.output<z.ZodObject<typeof SiteFields>>

/** The site with the field names of the model; for an edit, absent fields are omitted. */
export function siteFrom({ hosts, path_rules, allow_preflight }: SiteValues): { site?: Partial<ProxySite> } {
  const rules = path_rules?.map(({ path, requires }) => ({ path, requires: requirementIn(requires) }))
  const site = {
    ...(hosts && { hosts }),
    ...(rules && { rules: rules.filter(({ requires }) => requires !== undefined) as ProxySite['rules'] }),
    ...(allow_preflight !== undefined && { allowsPreflight: allow_preflight }),
  }
  return Object.keys(site).length > 0 ? { site } : {}
}

/** An empty site, also shown for apps of other kinds. */
export const emptySite: ProxySite = { hosts: [], rules: [], allowsPreflight: false }

export function siteOnWire({ hosts, rules, allowsPreflight }: ProxySite) {
  return {
    hosts,
    path_rules: rules.map(({ path, requires }) => ({ path, requires: requirementText(requires) })),
    allow_preflight: allowsPreflight,
  }
}
