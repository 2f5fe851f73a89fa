import { exampleOf } from '#src/reference/example.ts'
import type { Operation } from '#src/reference/operation.ts'
import type { SchemaBook } from '#src/reference/schema-book.ts'

/** The same call in three languages, with the standard library or the most common one. */
export type Snippets = { readonly curl: string; readonly javascript: string; readonly python: string }

type Shown = {
  readonly method: string
  readonly url: string
  /** The variable with the token, and the scheme. */
  readonly auth: 'token' | 'verifier_key' | 'basic' | undefined
  readonly body: { readonly kind: 'json' | 'form'; readonly example: Record<string, unknown> } | undefined
}

export function snippetsOf(operation: Operation, book: SchemaBook): Snippets {
  const shown = shownOf(operation, book)
  return { curl: curl(shown), javascript: javascript(shown), python: python(shown) }
}

/** The example body, for the reader and for the test that validates it against the schema. */
export function exampleBodyOf({ route }: Operation, book: SchemaBook): Record<string, unknown> | undefined {
  const { body } = route.endpoint
  return body && (exampleOf(book.request(body), book.named) as Record<string, unknown>)
}

function shownOf(operation: Operation, book: SchemaBook): Shown {
  const { method, address, route, proofs } = operation
  const example = exampleBodyOf(operation, book)
  const auth = proofs.includes('bearer')
    ? 'token'
    : proofs.includes('verifier_key')
      ? 'verifier_key'
      : proofs.includes('verifier_basic')
        ? 'basic'
        : undefined
  return {
    method: route.method === 'ALL' ? 'GET' : method,
    url: address.replaceAll(/\{(\w+)\}/g, (_, name: string) => name.toUpperCase()),
    auth,
    body: example && { kind: route.surface === 'oauth' ? 'form' : 'json', example },
  }
}

const variables = { token: 'TOKEN', verifier_key: 'VERIFIER_KEY' } as const

function curl({ method, url, auth, body }: Shown): string {
  const lines = [`curl${method === 'GET' ? '' : ` -X ${method}`} "$SIGIL${url}"`]
  if (auth === 'basic') lines.push('-u "$VERIFIER_NAME:$VERIFIER_KEY"')
  else if (auth) lines.push(`-H "Authorization: Bearer $${variables[auth]}"`)
  if (body?.kind === 'form') {
    for (const [name, value] of Object.entries(body.example)) lines.push(`-d ${name}=${String(value)}`)
  } else if (body) {
    lines.push(`--json ${quoted(JSON.stringify(body.example))}`)
  }
  return lines.join(' \\\n  ')
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

function javascript({ method, url, auth, body }: Shown): string {
  const headers: string[] = []
  if (auth === 'basic') headers.push("authorization: 'Basic ' + btoa(name + ':' + key)")
  else if (auth) headers.push(`authorization: \`Bearer \${${auth === 'token' ? 'token' : 'key'}}\``)
  if (body?.kind === 'json') headers.push("'content-type': 'application/json'")
  const options = [
    ...(method === 'GET' ? [] : [`  method: '${method}',`]),
    ...(headers.length > 0 ? [`  headers: { ${headers.join(', ')} },`] : []),
    ...(body ? [`  body: ${bodyInJavascript(body)},`] : []),
  ]
  const rest = options.length > 0 ? `, {\n${options.join('\n')}\n}` : ''
  return `const response = await fetch(\`\${sigil}${url}\`${rest})`
}

function bodyInJavascript({ kind, example }: NonNullable<Shown['body']>): string {
  const literal = JSON.stringify(example, undefined, 2).replaceAll('\n', '\n  ')
  return kind === 'form' ? `new URLSearchParams(${literal})` : `JSON.stringify(${literal})`
}

function python({ method, url, auth, body }: Shown): string {
  const parts = [`f"{sigil}${url}"`]
  if (auth === 'basic') parts.push('auth=(name, key)')
  else if (auth) parts.push(`headers={"Authorization": f"Bearer {${auth === 'token' ? 'token' : 'key'}}"}`)
  if (body) parts.push(`${body.kind === 'form' ? 'data' : 'json'}=${inPython(body.example)}`)
  const call = `requests.${method.toLowerCase()}`
  if (parts.length === 1) return `response = ${call}(${parts[0]})`
  const lines = parts.map((part) => `    ${part.replaceAll('\n', '\n    ')},`)
  return `response = ${call}(\n${lines.join('\n')}\n)`
}

function inPython(value: unknown): string {
  return JSON.stringify(value, undefined, 4)
    .replaceAll(/: true\b/g, ': True')
    .replaceAll(/: false\b/g, ': False')
    .replaceAll(/: null\b/g, ': None')
}
