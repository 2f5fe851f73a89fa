import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describedApps } from '#src/apps/apps-file.ts'
import { NewApiBody, NewAppBody } from '#src/apps/on-wire.ts'
import { appsFileSchema } from '#src/cli/commands/apps-file.ts'

const app = { client_id: 'app_a', kind: 'web', name: 'A', redirect_uris: ['https://a.example.com/'] }
const spa = { ...app, kind: 'browser' }
const env = { env: 'A_SECRET' }
const secrets: Record<string, string> = { A_SECRET: 's'.repeat(32), SHORT: 'password' }

function problemsOf(document: unknown): string {
  try {
    describedApps(document, (reference) => {
      const text = 'env' in reference ? secrets[reference.env] : undefined
      return text ? { kind: 'secret', text } : { kind: 'problem', message: 'not there.' }
    })
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

test('an apps file is checked completely, and each problem has its location', () => {
  assert.equal(problemsOf({}), '')
  assert.equal(
    problemsOf({
      $schema: 'x',
      apps: [
        { ...app, client_secrets: [env, env] },
        { ...spa, client_id: 'app_b' },
      ],
    }),
    '',
  )
  const wrong: [unknown, RegExp][] = [
    [[], /^The file must be an object\.$/],
    [{ app: [] }, /^Unknown field `app`\. Did you mean `apps`\?$/],
    [{ apps: [{ ...spa, colour: 'red' }] }, /^apps\[0\]: Unknown field `colour`\. Remove it\.$/],
    [{ apps: [{ ...spa, client_id: 'notes' }] }, /^apps\[0\]\.client_id must begin with `app_`/],
    [{ apps: [{ ...spa, kind: 'x' }] }, /^apps\[0\]\.kind must be one of `web`, /],
    [{ apps: [spa, spa] }, /^apps: app_a is listed twice\.$/],
    [{ apps: [app] }, /^app_a: an app of the kind web needs client_secrets, or keys\.$/],
    [{ apps: [{ ...spa, client_secrets: [env] }] }, /^app_a: client_secrets are for web apps and machines/],
    [
      { apps: [{ ...app, client_secrets: ['plain'] }] },
      /^apps\[0\]\.client_secrets\[0\] must be \{"env": NAME\}/,
    ],
    [{ apps: [{ ...app, client_secrets: [{ env: 'NONE' }] }] }, /^app_a: not there\.$/],
    [
      { apps: [{ ...app, client_secrets: [{ env: 'SHORT' }] }] },
      /^app_a: the secret in SHORT needs at least 32/,
    ],
    [
      { apps: [{ ...app, client_secrets: [env, env, env] }] },
      /^apps\[0\]\.client_secrets must have at most 2 entries\.$/,
    ],
  ]
  for (const [document, expected] of wrong) {
    assert.match(problemsOf(document), expected, JSON.stringify(document))
    assert.doesNotMatch(problemsOf(document), /password/)
  }
})

test('the published schema has every field that the API accepts for an app or an API', () => {
  const { properties } = appsFileSchema() as { properties: Record<string, Listed> }
  const fieldsOf = (list: string) => Object.keys(properties[list]?.items.properties ?? {})
  assert.deepEqual(fieldsOf('apps'), ['client_id', ...Object.keys(NewAppBody.shape), 'client_secrets'])
  assert.deepEqual(fieldsOf('apis'), Object.keys(NewApiBody.shape))
  assert.equal(properties.apps?.items.additionalProperties, false)
})

type Listed = { items: { properties: object; additionalProperties: boolean } }
