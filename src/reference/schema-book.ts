import { z } from 'zod'

export type JsonSchema = { readonly [keyword: string]: unknown }

/** Schemas as JSON Schema 2020-12; a schema with a name is defined once and referenced. */
export type SchemaBook = {
  readonly named: Readonly<Record<string, JsonSchema>>
  /** A request: unknown members are rejected. */
  readonly request: (schema: z.ZodType) => JsonSchema
  /** A response: later releases may add members. */
  readonly response: (schema: z.ZodType) => JsonSchema
}

export function openSchemaBook(): SchemaBook {
  const named: Record<string, JsonSchema> = {}
  const write = (schema: z.ZodType, io: 'input' | 'output'): JsonSchema => {
    // Wrapped in another schema, so that a named schema becomes a reference.
    const { $defs, properties } = converted(z.object({ it: schema }), io)
    for (const [name, one] of Object.entries($defs)) {
      const known = named[name] ?? one
      if (JSON.stringify(known) !== JSON.stringify(one)) throw new Error(`Two schemas are named ${name}`)
      named[name] = known
    }
    return properties.it
  }
  return {
    named,
    request: (schema) => write(schema, 'input'),
    response: (schema) => write(schema, 'output'),
  }
}

type Converted = { $defs: Record<string, JsonSchema>; properties: { it: JsonSchema } }

function converted(schema: z.ZodType, io: 'input' | 'output'): Converted {
  const made = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io,
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      // The range of integers in JavaScript, which zod adds to every integer.
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
      // A long pattern that repeats the format.
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern
      // A comment about the code itself.
      delete jsonSchema.readOnly
      if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties
      delete jsonSchema.id
    },
  })
  const text = JSON.stringify({ $defs: {}, ...made })
  return JSON.parse(text.replaceAll('"$ref":"#/$defs/', '"$ref":"#/components/schemas/')) as Converted
}
