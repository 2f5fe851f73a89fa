import { readFileSync } from 'node:fs'
import type { App } from '#src/apps/app.ts'

type Example = {
  readonly kind: App['kind']
  readonly files: readonly string[]
  /** What runs it. */
  readonly command: string
}

/** The examples in examples/sign-in, which tests run against a server. */
const examples = {
  express: { kind: 'web', files: ['express.mjs'], command: 'node express.mjs' },
  fastify: { kind: 'web', files: ['fastify.mjs'], command: 'node fastify.mjs' },
  hono: { kind: 'web', files: ['hono.mjs'], command: 'node hono.mjs' },
  next: {
    kind: 'web',
    files: [
      ...['next/auth.mjs', 'next/app/sign-in/route.js', 'next/app/callback/route.js'],
      ...['next/app/sign-out/route.js', 'next/app/page.js', 'next/app/layout.js'],
    ],
    command: 'npx next dev',
  },
  spa: { kind: 'browser', files: ['spa/index.html', 'spa/server.mjs'], command: 'node server.mjs' },
  fastapi: { kind: 'web', files: ['fastapi_app.py'], command: 'uvicorn fastapi_app:app --port 3000' },
  go: { kind: 'web', files: ['go/go.mod', 'go/main.go'], command: 'go mod tidy && go run .' },
} as const satisfies Record<string, Example>

export type Framework = keyof typeof examples
export const frameworks = Object.keys(examples) as [Framework, ...Framework[]]

export function kindFor(framework: Framework): App['kind'] {
  return examples[framework].kind
}

/** The registration of an example app, unless the operator passes other values. */
export function uriDefaultsFor(framework: Framework) {
  const home = 'http://localhost:3000'
  const isBrowser = kindFor(framework) === 'browser'
  return {
    redirectUris: [isBrowser ? `${home}/` : `${home}/callback`],
    postLogoutUris: [`${home}/`],
    allowedOrigins: isBrowser ? [home] : [],
  }
}

type Registered = { readonly app: App; readonly secret: string | undefined; readonly issuer: string }

/** The files of an example and how to run them. The published package does not contain the files. */
export function exampleOf(framework: Framework, { app, secret, issuer }: Registered): string[] {
  const { files, command } = examples[framework]
  const appUrl = new URL(app.redirectUris[0] ?? 'http://localhost:3000').origin
  const [api] = app.apis
  const variables = [
    ['ISSUER', issuer],
    ['CLIENT_ID', app.clientId],
    ['APP_URL', appUrl],
    ...(secret === undefined
      ? []
      : [
          ['CLIENT_SECRET', secret],
          ['COOKIE_SECRET', '$(openssl rand -base64 32)'],
        ]),
    ...(secret === undefined
      ? [
          ['API_AUDIENCE', api?.audience ?? 'URI'],
          ['SIGIL_VERIFIER_KEY', 'KEY'],
        ]
      : []),
  ]
  const lines = files.flatMap((file) => [
    '',
    `--- ${file.replace(/^(?:next|spa|go)\//, '')}`,
    '',
    ...linesIn(file),
  ])
  return [
    'Run the files below with:',
    '',
    ...variables.map(([name, value]) => `export ${name}=${value}`),
    command,
    ...lines,
  ]
}

function linesIn(file: string): string[] {
  const url = new URL(`../../examples/sign-in/${file}`, import.meta.url)
  return readFileSync(url, 'utf8').trimEnd().replaceAll('\t', '    ').split('\n')
}
