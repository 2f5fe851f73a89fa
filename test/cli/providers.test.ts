import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commands } from '#src/cli/table.ts'

const context = (env: Record<string, string>) => ({ env, commands, isJson: false })

function run(env: Record<string, string>) {
  const command = commands.find(({ name }) => name === 'provider list')
  if (command?.needs !== 'nothing') throw new Error('There is no such command')
  return command.run({}, context(env))
}

test('provider list prints the callback URL of each provider and no secret', async () => {
  const google = { preset: 'google', client_id: 'id', client_secret_env: 'GOOGLE_SECRET' }
  const { exit, lines, json } = await run({
    SIGIL_PUBLIC_URL: 'https://auth.example.org',
    SIGIL_PROVIDERS: JSON.stringify({ google }),
    GOOGLE_SECRET: 'hush',
  })
  assert.equal(exit, 0)
  assert.match(lines.join('\n'), /google +Google +verified_claim +https:\/\/auth\.example\.org\/api\/v1/)
  const callback_url = 'https://auth.example.org/api/v1/auth/providers/google/callback'
  const provider = { name: 'google', title: 'Google', email_trust: 'verified_claim', callback_url }
  assert.deepEqual(json, { providers: [provider] })
  assert.ok(!lines.join('\n').includes('hush'))
})

test('provider list says what to set where there are no providers, and reports wrong settings', async () => {
  const none = await run({ SIGIL_PUBLIC_URL: 'https://auth.example.org' })
  assert.match(none.lines[0] ?? '', /SIGIL_PROVIDERS_FILE/)
  const wrong = await run({ SIGIL_PUBLIC_URL: 'https://auth.example.org', SIGIL_PROVIDERS: '{"a":{}}' })
  assert.equal(wrong.exit, 3)
})
