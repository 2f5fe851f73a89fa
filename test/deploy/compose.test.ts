import assert from 'node:assert/strict'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { copyOf, deployFolder, runProxy } from '#test/deploy/run-proxy.ts'
import { clientAt } from '#test/support/client.ts'
import { freePort } from '#test/support/free-port.ts'
import { programOrSkip } from '#test/support/programs.ts'

test('the compose files name a version of every image that they do not build', () => {
  const files = ['compose.yaml', ...globSync('deploy/compose*.yaml')]
  const images = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/^ +image: (\S+)$/gm)].map(([, image = '']) => image),
  )
  assert.ok(images.length >= 4)
  for (const image of images.filter((one) => one !== 'sigil')) assert.match(image, /^[\w./-]+:\d[\w.-]*$/)
})

test('every file that the compose example mounts into nginx exists', () => {
  const text = readFileSync(join(deployFolder, 'compose.postgres.yaml'), 'utf8')
  const mounted = [...text.matchAll(/^ +- \.\/((?:nginx|compose)\/\S+?):/gm)].map(([, file = '']) => file)
  assert.ok(mounted.length >= 6)
  for (const file of mounted) assert.ok(readFileSync(join(deployFolder, file), 'utf8').length > 0, file)
})

test('the app of the compose example shows the signed-in user, and no other header', async (t) => {
  const program = programOrSkip('nginx', t)
  if (program === undefined) return
  const port = await freePort()
  const folder = copyOf('compose', { 'app.conf': { 'listen 3000': `listen 127.0.0.1:${port}` } })
  const main = join(folder, 'nginx.conf')
  writeFileSync(main, mainFile(folder))
  await runProxy(program, ['-e', 'stderr', '-p', folder, '-c', main], /\[notice\].* OS: /)
  const headers = {
    'x-auth-user-id': '42',
    'x-auth-roles': 'admin',
    cookie: 'session=secret',
    authorization: 'Bearer b',
  }
  const { text } = await clientAt(`http://localhost:${port}`).get('/app/', { headers })
  assert.equal(text, 'Signed in as user 42 with the roles admin.\n')
})

function mainFile(folder: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr notice;
events {}
http {
  access_log off;
  ${temporary.map((what) => `${what}_temp_path ${folder}/${what};`).join(' ')}
  include app.conf;
}
`
}
