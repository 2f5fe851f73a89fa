type Schema = Readonly<Record<string, unknown>>

const annotations = new Set(['description', 'default', 'title'])

/** The definitions that `$ref` refers to. */
export function resolved(document: unknown, schema: Schema): Schema {
  if (typeof schema.$ref !== 'string') return schema
  const steps = schema.$ref.replace('#/', '').split('/')
  const found = steps.reduce((at, step) => (isObject(at) ? at[step] : undefined), document)
  if (!isObject(found)) throw new Error(`${schema.$ref} is not in the document`)
  return resolved(document, found)
}

/**
 * Returns the errors of a value, for the part of JSON Schema 2020-12 that our document uses. An unknown
 * keyword is an error. Additional members are wrong too, unless the schema allows them.
 */
export function wrongWith(document: unknown, given: Schema, value: unknown, at = ''): string[] {
  const schema = resolved(document, given)
  return Object.entries(schema).flatMap(([keyword, wanted]) => {
    if (annotations.has(keyword)) return []
    const check = checks[keyword]
    if (!check) throw new Error(`The checker does not know the keyword ${keyword}`)
    return check({ document, schema, wanted, value, at })
  })
}

type Checked = {
  readonly document: unknown
  readonly schema: Schema
  readonly wanted: unknown
  readonly value: unknown
  readonly at: string
}

const checks: Readonly<Record<string, (checked: Checked) => string[]>> = {
  type: ({ wanted, value, at }) =>
    [wanted].flat().some((type) => isOfType(type, value)) ? [] : [`${at} is no ${wanted}`],
  const: ({ wanted, value, at }) => (wanted === value ? [] : [`${at} is not ${wanted}`]),
  enum: ({ wanted, value, at }) =>
    Array.isArray(wanted) && wanted.includes(value) ? [] : [`${at} is none of ${wanted}: ${value}`],
  minimum: ({ wanted, value, at }) => (Number(value) >= Number(wanted) ? [] : [`${at} is below ${wanted}`]),
  maximum: ({ wanted, value, at }) => (Number(value) <= Number(wanted) ? [] : [`${at} is above ${wanted}`]),
  format: ({ wanted, value, at }) => {
    const isMoment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/.test(String(value))
    return wanted !== 'date-time' || typeof value !== 'string' || isMoment ? [] : [`${at} is not a date-time`]
  },
  anyOf: ({ document, wanted, value, at }) => {
    const wrongs = schemasIn(wanted).map((one) => wrongWith(document, one, value, at))
    return wrongs.some((wrong) => wrong.length === 0) ? [] : wrongs.flat()
  },
  allOf: ({ document, wanted, value, at }) =>
    schemasIn(wanted).flatMap((one) => wrongWith(document, one, value, at)),
  items: ({ document, wanted, value, at }) =>
    Array.isArray(value) && isObject(wanted)
      ? value.flatMap((one, index) => wrongWith(document, wanted, one, `${at}/${index}`))
      : [],
  required: ({ wanted, value, at }) => {
    const names = Array.isArray(wanted) && isObject(value) ? wanted : []
    return names
      .filter((name) => !Object.hasOwn(Object(value), name))
      .map((name) => `${at}/${name} is missing`)
  },
  properties: ({ document, schema, wanted, value, at }) => {
    if (!isObject(value) || !isObject(wanted)) return []
    const isOpen = schema.additionalProperties !== undefined || schema.allOf !== undefined
    return Object.entries(value).flatMap(([name, one]) => {
      const member = wanted[name]
      if (isObject(member)) return wrongWith(document, member, one, `${at}/${name}`)
      return isOpen ? [] : [`${at}/${name} is not in the document`]
    })
  },
  propertyNames: () => [],
  additionalProperties: ({ document, schema, wanted, value, at }) => {
    if (!isObject(wanted) || !isObject(value)) return []
    const named = isObject(schema.properties) ? schema.properties : {}
    const others = Object.entries(value).filter(([name]) => !(name in named))
    return others.flatMap(([name, one]) => wrongWith(document, wanted, one, `${at}/${name}`))
  },
}

function isOfType(type: unknown, value: unknown): boolean {
  if (type === 'null') return value === null
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return isObject(value)
  if (type === 'integer') return Number.isInteger(value)
  return typeof value === type
}

function schemasIn(list: unknown): Schema[] {
  return Array.isArray(list) ? list.filter(isObject) : []
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
