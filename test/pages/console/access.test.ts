import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRole } from '#src/administration/create-role.ts'
import { byCli } from '#src/audit/by.ts'
import { routes } from '#src/routes.ts'
import { sql } from '#src/store/sql.ts'
import { fillConsole } from '#test/support/busy-server.ts'
import { administratorOn } from '#test/support/console.ts'
import { consolePages } from '#test/support/console-pages.ts'
import { assertPage, sendForm, signedInOnPage } from '#test/support/forms.ts'
import { personWithRoles } from '#test/support/people.ts'
import { onSite } from '#test/support/site.ts'

/** The URLs of a route. */
function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/:\w+/g, '[^/]+').replaceAll('.', '\\.')}$`)
}

onSite('permissions in the console', (site) => {
  const { browser, world } = site

  test('auditors and support can read their pages of the console, but not change anything', async () => {
    const { person } = await administratorOn(site)
    const filled = { ...person, userId: person.id, ...(await fillConsole(world(), person.id)) }
    for (const role of ['auditor', 'support'] as const) {
      await createRole(world(), { name: role, description: '', by: byCli }).catch(() => undefined)
      const reader = browser()
      await signedInOnPage(reader, (await personWithRoles(world(), ['default_user', role])).email)
      for (const { method, path, guard } of routes.filter((one) => one.path.startsWith('/admin'))) {
        const [address = undefined] = consolePages(filled)[path] ?? []
        if (method !== 'GET' || address === undefined) continue
        const isOpen = guard.name.includes(`or ${role}`)
        const { status, text } = await reader.get(address)
        assert.equal(status, isOpen ? 200 : 403, `${path} by ${role}`)
        assert.doesNotMatch(isOpen ? text : '', /method="post" action="\/admin|class="button primary"/, path)
        if (role === 'support') assert.doesNotMatch(text, /href="\/admin\/audit/, path)
      }
      const reply = await sendForm(reader, `/admin/users/${person.id}/sign-out`)
      assertPage(reply, 403)
    }
  })

  test('without a recent proof, every change in the console redirects to a proof and back', async () => {
    const { admin, person } = await administratorOn(site)
    const filled = { ...person, userId: person.id, ...(await fillConsole(world(), person.id)) }
    await world().db.query(sql`update sessions set authenticated_at = 1 where user_id = ${person.id}`)
    const changing = routes.filter(
      ({ path, guard }) => path.startsWith('/admin') && /recent/.test(guard.name),
    )
    assert.ok(changing.length > 40)
    for (const { method, path } of changing) {
      const ids = { id: path.includes('apps') ? filled.clientId : filled.userId, name: filled.apiName }
      const address = path
        .replace('/:id', `/${ids.id}`)
        .replace('/apis/:name', `/apis/${ids.name}`)
        .replace(/:\w+/g, 'x')
      const reply = method === 'GET' ? await admin.get(address) : await sendForm(admin, address)
      assert.equal(reply.status, 303, `${method} ${address}`)
      const location = String(reply.headers.location)
      assert.match(location, /^\/account\/confirm\?next=%2Fadmin/, `${method} ${address}`)
      const next = new URLSearchParams(location.split('?')[1]).get('next') ?? ''
      const isPage = routes.some((one) => one.method === 'GET' && patternOf(one.path).test(next))
      assert.ok(isPage, `${method} ${address} leads to ${next}`)
    }
  })
})
