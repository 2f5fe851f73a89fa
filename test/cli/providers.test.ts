import assert from 'node:assert/strict'
import { test } from 'node:test'
import { examineProviders } from '#src/cli/doctor/providers.ts'
import { commands } from '#src/cli/table.ts'
import { readSettings } from '#src/settings/settings.ts'
import { on } from '#test/cli/doctor-report.ts'
import { freePort } from '#test/support/free-port.ts'
import { providerEnv, startIdentityProvider } from '#test/support/identity-provider.ts'

const context = (env: Record<string, string>) => ({ env, commands: async () => commands, isJson: false })

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

test('provider list names the setting if there are no providers, and reports invalid settings', async () => {
  const none = await run({ SIGIL_PUBLIC_URL: 'https://auth.example.org' })
  assert.match(none.lines[0] ?? '', /SIGIL_PROVIDERS_FILE/)
  const wrong = await run({ SIGIL_PUBLIC_URL: 'https://auth.example.org', SIGIL_PROVIDERS: '{"a":{}}' })
  assert.equal(wrong.exit, 3)
})

test('the doctor reads the discovery of each provider, and reports one that cannot be used', async () => {
  const provider = await startIdentityProvider()
  const findings = async (providers: Record<string, unknown>) => {
    const env = { ...providerEnv, SIGIL_PROVIDERS: JSON.stringify(providers) }
    const read = readSettings(env, 'development')
    if (read.kind === 'problems') assert.fail(read.problems.join('\n'))
    return on('provider', await examineProviders(read.settings))
  }
  const both = { company: provider.oidc, plain: provider.oauth }
  assert.equal(await findings(both), 'ok: company can be reached.\nok: plain can be reached.')
  const { issuer } = provider
  const other = { ...provider.oidc, issuer: issuer.replace('127.0.0.1', 'localhost') }
  assert.match(
    await findings({ other }),
    /^wrong: other cannot be used: it calls itself http:\/\/127\.0\.0\.1/,
  )
  provider.faults = { status: 503 }
  assert.match(await findings(both), /company cannot be used: .* answers 503\.\s.*\n.*plain cannot be used/)
  const gone = { ...provider.oidc, issuer: `http://127.0.0.1:${await freePort()}` }
  assert.match(await findings({ gone }), /^wrong: gone cannot be used: .*ECONNREFUSED/)
})
