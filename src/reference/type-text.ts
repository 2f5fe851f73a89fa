import type { JsonSchema } from '#src/reference/schema-book.ts'

/** A schema in TypeScript notation, for readers. */
export function typeText(schema: JsonSchema, indent = ''): string {
  const { $ref, anyOf, enum: values, type, items, properties, additionalProperties } = schema
  if (typeof $ref === 'string') return $ref.slice($ref.lastIndexOf('/') + 1)
  if (isList(anyOf)) return anyOf.map((one) => typeText(one, indent)).join(' | ')
  if (Array.isArray(values)) return values.map((one) => JSON.stringify(one)).join(' | ')
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (Array.isArray(type)) return type.join(' | ')
  if (type === 'array') return `${arrayItem(isSchema(items) ? typeText(items, indent) : 'unknown')}[]`
  if (type !== 'object') return typeof type === 'string' ? type + bounds(schema) : 'unknown'
  if (isSchema(properties) && Object.keys(properties).length > 0) return membersText(schema, indent)
  return isSchema(additionalProperties) ? `{ [name]: ${typeText(additionalProperties, indent)} }` : '{}'
}

function membersText({ properties, required }: JsonSchema, indent: string): string {
  const inner = `${indent}  `
  const lines = Object.entries(isSchema(properties) ? properties : {}).map(([name, member]) => {
    const one = isSchema(member) ? member : {}
    const isRequired = Array.isArray(required) && required.includes(name) && one.default === undefined
    const comment = typeof one.description === 'string' ? `  // ${one.description}` : ''
    return `${inner}${name}${isRequired ? '' : '?'}: ${typeText(one, inner)}${comment}`
  })
  return ['{', ...lines, `${indent}}`].join('\n')
}

function arrayItem(text: string): string {
  return text.includes(' | ') ? `(${text})` : text
}

function bounds({ format, minLength, maxLength, minimum, maximum }: JsonSchema): string {
  const [min, max] = [minLength ?? minimum, maxLength ?? maximum]
  if (typeof format === 'string') return ` (${format})`
  if (min === undefined && max === undefined) return ''
  if (max === undefined) return ` (from ${min})`
  return min === undefined || min === 0 ? ` (up to ${max})` : ` (${min} to ${max})`
}

function isList(value: unknown): value is JsonSchema[] {
  return Array.isArray(value) && value.every(isSchema)
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
