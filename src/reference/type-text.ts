import type { JsonSchema } from '#src/reference/schema-book.ts'

/** A schema as a person reads it, in the notation of TypeScript. */
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
    const isNeeded = Array.isArray(required) && required.includes(name) && one.default === undefined
    const said = typeof one.description === 'string' ? `  // ${one.description}` : ''
    return `${inner}${name}${isNeeded ? '' : '?'}: ${typeText(one, inner)}${said}`
  })
  return ['{', ...lines, `${indent}}`].join('\n')
}

function arrayItem(text: string): string {
  return text.includes(' | ') ? `(${text})` : text
}

function bounds({ format, minLength, maxLength, minimum, maximum }: JsonSchema): string {
  const [least, most] = [minLength ?? minimum, maxLength ?? maximum]
  if (typeof format === 'string') return ` (${format})`
  if (least === undefined && most === undefined) return ''
  if (most === undefined) return ` (from ${least})`
  return least === undefined || least === 0 ? ` (up to ${most})` : ` (${least} to ${most})`
}

function isList(value: unknown): value is JsonSchema[] {
  return Array.isArray(value) && value.every(isSchema)
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
