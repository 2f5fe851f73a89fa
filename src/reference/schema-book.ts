import { z } from 'zod'

export type JsonSchema = { readonly [keyword: string]: unknown }

/** Schemas as JSON Schema 2020-12, those with a name kept once and referred to. */
export type SchemaBook = {
  readonly named: Readonly<Record<string, JsonSchema>>
  /** What a client sends: other members than these are refused. */
  readonly sent: (schema: z.ZodType) => JsonSchema
  /** What a client gets: it must expect members that a later release adds. */
  readonly given: (schema: z.ZodType) => JsonSchema
}

export function openSchemaBook(): SchemaBook {
  const named: Record<string, JsonSchema> = {}
  const write = (schema: z.ZodType, io: 'input' | 'output'): JsonSchema => {
    // Inside another one, so that a schema with a name is itself referred to.
    const { $defs, properties } = converted(z.object({ it: schema }), io)
    for (const [name, one] of Object.entries($defs)) {
      const known = named[name] ?? one
      if (JSON.stringify(known) !== JSON.stringify(one)) throw new Error(`Two schemas are named ${name}`)
      named[name] = known
    }
    return properties.it
  }
  return { named, sent: (schema) => write(schema, 'input'), given: (schema) => write(schema, 'output') }
}

type Converted = { $defs: Record<string, JsonSchema>; properties: { it: JsonSchema } }

function converted(schema: z.ZodType, io: 'input' | 'output'): Converted {
  const made = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io,
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      // Says of every whole number that JavaScript can hold it.
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
      // The calendar as a pattern, which the format says in one word.
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern
      // Only says that our own code does not change it.
      delete jsonSchema.readOnly
      if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties
      delete jsonSchema.id
    },
  })
  const text = JSON.stringify({ $defs: {}, ...made })
  return JSON.parse(text.replaceAll('"$ref":"#/$defs/', '"$ref":"#/components/schemas/')) as Converted
}
