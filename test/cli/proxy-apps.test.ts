import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { proxyConfigOf } from '#src/cli/commands/proxy-config.ts'
import { deployFolder } from '#test/deploy/run-proxy.ts'
import { command, commandJson } from '#test/support/command.ts'
import { freshDatabaseUrl } from '#test/support/engines.ts'

test('an app behind a proxy is added with hosts and rules, and changed', async () => {
  const place = await freshDatabaseUrl('sqlite')
  const json = async (...words: string[]) => {
    const { code, said } = await commandJson(words, { place })
    return { code, said: said as unknown as Record<string, unknown> }
  }
  const hosts = ['--host', 'Wiki.example.org', '--host', 'docs.example.org:8443']
  const rules = ['--rule', '/public=public', '--rule', '/admin=aal2+roles:admin,editor']
  const added = await json(
    'app',
    'add',
    'Our Wiki',
    '--kind',
    'proxy',
    ...hosts,
    ...rules,
    '--allow-preflight',
  )
  assert.equal(added.code, 0, JSON.stringify(added.said))
  const { client_id: id, proxy_config: config, client_secret: secret } = added.said
  assert.deepEqual(
    [secret, Object.keys(config as object)],
    [undefined, ['nginx', 'caddy', 'traefik', 'envoy']],
  )
  const app = String(id)
  const shown = (await json('app', 'show', app)).said
  assert.deepEqual(shown.hosts, ['wiki.example.org', 'docs.example.org:8443'])
  assert.deepEqual(shown.path_rules, [
    { path: '/public', requires: 'public' },
    { path: '/admin', requires: 'aal2+roles:admin,editor' },
  ])
  assert.deepEqual([shown.allow_preflight, shown.first_party, shown.redirect_uris], [true, true, []])
  const changed = (await json('app', 'set-rules', app, '--rule', '/=public')).said
  assert.deepEqual(changed.path_rules, [{ path: '/', requires: 'public' }])
  const moved = (await json('app', 'set-hosts', app, '--host', 'new.example.org')).said
  assert.deepEqual([moved.hosts, moved.path_rules], [['new.example.org'], changed.path_rules])

  const { stdout } = await command(['app', 'add', 'Two', '--kind', 'proxy', '--host', 'wiki.example.org'], {
    place,
  })
  for (const line of [
    'server_name wiki.example.org;',
    'wiki.example.org {\n    import sigil_own_host 127.0.0.1:3000\n',
    'Host(`wiki.example.org`)',
    'SIGIL_TRUSTED_PROXIES',
  ]) {
    assert.ok(stdout.includes(line), `${line} in ${stdout}`)
  }
})

test('conflicting values are rejected with the reason', async () => {
  const place = await freshDatabaseUrl('sqlite')
  const rejected = async (...words: string[]) => {
    const { code, stderr } = await command(['app', 'add', 'X', ...words], { place })
    assert.equal(code, 2, stderr)
    return stderr
  }
  const proxy = ['--kind', 'proxy', '--host', 'app.example.org']
  assert.match(await rejected('--kind', 'proxy'), /At least one host/)
  assert.match(await rejected('--kind', 'proxy', '--host', 'https://a.example'), /Not a valid host/)
  assert.match(await rejected(...proxy, '--redirect', 'https://a.example/cb'), /not an OAuth client/)
  assert.match(await rejected(...proxy, '--rule', '/a'), /PATH=public/)
  assert.match(await rejected(...proxy, '--rule', '/a/=public'), /Not a valid path/)
  const web = ['--kind', 'web', '--redirect', 'https://a.example/cb']
  assert.match(await rejected(...web, '--host', 'a.example'), /Only an app of the kind `proxy`/)
  assert.equal((await command(['app', 'add', 'X', ...proxy], { place })).code, 0)
  assert.match(await rejected(...proxy), /Another app has this host/)
})

test('the configuration printed for each proxy is part of its file in deploy/', () => {
  const site = { hosts: ['app.example.org'], rules: [], allowsPreflight: false }
  const config = proxyConfigOf({ name: 'Wiki', site })
  const files = {
    nginx: 'own-host.conf',
    caddy: 'own-host.Caddyfile',
    traefik: 'own-host.yaml',
    envoy: 'own-host.yaml',
  } as const
  for (const [proxy, file] of Object.entries(files)) {
    const text = readFileSync(join(deployFolder, proxy, file), 'utf8')
    for (const block of config[proxy as keyof typeof files].split('    # and under services:\n')) {
      assert.ok(text.includes(block.trimEnd()), `${proxy}: ${block}`)
    }
  }
})
