import { z } from 'zod'
import { requirements, subjectTypes } from '#src/apps/app.ts'
import { JwksField } from '#src/apps/client-document.ts'
import { jsonIn } from '#src/platform/json.ts'

const JwksWord = z
  .string()
  .max(20_000)
  .transform((word, context) => {
    const parsed = JwksField.safeParse(jsonIn(word))
    if (parsed.success) return parsed.data
    context.addIssue({ code: 'custom', message: 'must be a JSON object with `keys`: public keys only.' })
    return z.NEVER
  })

/** The flags of `sigil app add` about keys and stricter rules. */
export const securityFlags = {
  jwks: { kind: 'text', value: 'JSON', required: false, summary: 'Its public keys, in place of a secret.' },
  'jwks-uri': { kind: 'text', value: 'URL', required: false, summary: 'Where its public keys are.' },
  require: {
    kind: 'list',
    value: requirements.slice(0, 3).join('|'),
    required: false,
    summary: 'Stricter rules for each of its requests.',
  },
  profile: { kind: 'text', value: 'fapi2', required: false, summary: 'Everything that FAPI 2.0 requires.' },
  subject: {
    kind: 'text',
    value: subjectTypes.join('|'),
    required: false,
    summary: 'Whether user ids are specific to the app; public by default.',
  },
  'token-exchange': { kind: 'switch', summary: 'Let a machine exchange tokens of users for its own.' },
} as const

export const securityInput = {
  jwks: JwksWord.optional(),
  'jwks-uri': z.string().max(1000).optional(),
  require: z.array(z.enum(requirements, `must be one of: ${requirements.join(', ')}.`)).default([]),
  profile: z.literal('fapi2', 'must be fapi2.').optional(),
  subject: z.enum(subjectTypes, `must be one of: ${subjectTypes.join(', ')}.`).default('public'),
  'token-exchange': z.literal(true).optional(),
}

export function securityFieldsOf(input: z.output<z.ZodObject<typeof securityInput>>) {
  return {
    jwks: input.jwks,
    jwksUri: input['jwks-uri'],
    requires: [...input.require, ...(input.profile ? [input.profile] : [])],
    subjectType: input.subject,
    exchangesTokens: input['token-exchange'] === true,
  }
}
