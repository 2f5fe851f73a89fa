import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setPasswordOf } from '#src/accounts/set-password.ts'
import { byCli } from '#src/audit/by.ts'
import { browserAt, clientAt } from '#test/support/client.ts'
import { onBothEngines } from '#test/support/engines.ts'
import { assertLeads, sendForm } from '#test/support/forms.ts'
import { goodPassword, signedUp } from '#test/support/people.ts'
import { testClock } from '#test/support/test-clock.ts'
import { serveTestWorld } from '#test/support/test-world.ts'
import { codeAt } from '#test/support/totp.ts'

onBothEngines('a required second factor and a password to be replaced, on pages', (engine) => {
  test('the recovery codes are shown before the page for a new password', async () => {
    const clock = testClock()
    const { url, world } = await serveTestWorld(engine, { clock, env: { SIGIL_MFA: 'required' } })
    const browser = browserAt(url)
    const person = await signedUp(clientAt(url))
    const setting = { userId: person.id, password: goodPassword, mustChange: true, address: '', by: byCli }
    await setPasswordOf(world, setting)
    assertLeads(
      await sendForm(browser, '/sign-in', { login: person.email, password: goodPassword }),
      '/sign-in/verify',
    )
    assertLeads(await sendForm(browser, '/sign-in/verify/set-up'), '/sign-in/verify')
    const secret =
      /<p class="secret"><code>([A-Z2-7 ]+)</.exec((await browser.get('/sign-in/verify')).text)?.[1] ?? ''
    const shown = await sendForm(browser, '/sign-in/verify', {
      code: codeAt(secret.replaceAll(' ', ''), clock.now()),
    })
    assert.equal(shown.text.match(/<li><code>/g)?.length, 10)
    assert.match(shown.text, /href="\/sign-in\/new-password"/)
    const own = 'a password of my own choice'
    const replaced = { password: own, repeat_password: own }
    assertLeads(await sendForm(browser, '/sign-in/new-password', replaced), '/sign-in')
  })
})
