import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findByLogin } from '#src/users/find.ts'
import type { Client } from '#test/support/client.ts'
import {
  arrivedOnPage,
  assertLeads,
  assertPage,
  sendForm,
  sessionIdsIn,
  signedInOnPage,
} from '#test/support/forms.ts'
import { openMany } from '#test/support/many-sessions.ts'
import { goodPassword, isAccepted, signedIn } from '#test/support/people.ts'
import { onSite, type Site } from '#test/support/site.ts'

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0'

const isIn = async (visitor: Client) => (await visitor.get('/account')).status === 200
const tokenOf = (visitor: Client) => visitor.jar.valueOf('access_token')

/** Two browsers of one person, the second one signed in last. */
async function twoOfOne({ browser }: Site): Promise<[Client, Client]> {
  const [first, second] = [browser(), browser(firefox)]
  await signedInOnPage(second, await arrivedOnPage(first))
  return [first, second]
}

onSite('sessions on a page', (site) => {
  const { browser } = site

  test('the account page lists live sessions with device, IP address and times', async () => {
    const [first, second] = await twoOfOne(site)
    const { text } = await second.get('/account')
    assert.equal(sessionIdsIn({ ...(await second.get('/account')) }).length, 2)
    assert.ok(text.includes('Firefox 132 on Linux</span> <strong class="badge">This device</strong>'))
    assert.equal(text.match(/class="badge"/g)?.length, 1)
    assert.match(text, /127\.0\.0\.1|::1/)
    assert.match(text, /<time datetime="20\d\d-[^"]+Z">\d+ \w+ 20\d\d, \d\d:\d\d UTC<\/time>/)
    assert.ok(
      (await first.get('/account')).text.includes(
        'Unknown browser</span><span class="claim">Sigil test</span>',
      ),
    )
  })

  test('ending another session on the account page ends only that one', async () => {
    const [first, second] = await twoOfOne(site)
    const [, oldest = ''] = sessionIdsIn(await second.get('/account'))
    assertLeads(await sendForm(second, `/account/sessions/${oldest}/end`), '/account')
    assert.ok((await second.get('/account')).text.includes('The session was signed out.'))
    assert.equal(await isIn(first), false)
    assert.equal(await isAccepted(browser(), tokenOf(first)), false)
    assert.equal(await isIn(second), true)
    assert.equal(await isAccepted(browser(), tokenOf(second)), true)
  })

  test('ending the current session on the account page signs out', async () => {
    const [first, second] = await twoOfOne(site)
    const [mine = ''] = sessionIdsIn(await second.get('/account'))
    assertLeads(await sendForm(second, `/account/sessions/${mine}/end`), '/sign-in')
    assert.deepEqual(second.jar.names, ['known_browser', 'sigil_flash'])
    assert.equal(await isIn(first), true)
  })

  test("the account page does not end another user's session or an unknown one", async () => {
    const [mine, theirs] = [browser(), browser()]
    await arrivedOnPage(mine)
    await arrivedOnPage(theirs)
    const [foreign = ''] = sessionIdsIn(await theirs.get('/account'))
    assertPage(await sendForm(mine, `/account/sessions/${foreign}/end`), 404)
    assertPage(await sendForm(mine, '/account/sessions/nothing/end'), 404)
    assertPage(await sendForm(mine, '/account/sessions/%00/end'), 404)
    assert.equal(await isIn(theirs), true)
  })

  test('ending all other sessions on the account page revokes their tokens', async () => {
    const [first, second] = await twoOfOne(site)
    assertLeads(await sendForm(second, '/account/sessions/end-others'), '/account')
    assert.equal(await isIn(first), false)
    assert.equal(await isAccepted(browser(), tokenOf(first)), false)
    assert.equal(sessionIdsIn(await second.get('/account')).length, 1)
    assert.equal(await isAccepted(browser(), tokenOf(second)), true)
  })
})

onSite('signing out on a page', (site) => {
  const { browser } = site

  test('signing out on a page ends this session only', async () => {
    const [first, second] = await twoOfOne(site)
    const token = tokenOf(second)
    const cookie = second.jar.headerFor('/') ?? ''
    assertLeads(await sendForm(second, '/sign-out'), '/sign-in')
    assert.deepEqual(second.jar.names, ['known_browser', 'sigil_flash'])
    assert.equal(await isAccepted(browser(), token), false)
    // A copy of the cookies does not work either.
    assertLeads(await browser().get('/account', { headers: { cookie } }), '/sign-in?next=%2Faccount')
    assert.equal(await isIn(first), true)
    assertLeads(await sendForm(second, '/sign-out'), '/sign-in')
  })

  test('signing out on a page also ends the session of the access cookie', async () => {
    const visitor = browser()
    const email = await arrivedOnPage(visitor)
    const { access_token } = await signedIn(visitor, { email, password: goodPassword })
    assertLeads(await sendForm(visitor, '/sign-out'), '/sign-in')
    assert.equal(await isAccepted(browser(), access_token), false)
  })

  test('signing out on a page clears an access cookie that is not valid', async () => {
    const visitor = browser()
    visitor.jar.keep('access_token=nonsense; Path=/')
    assertLeads(await sendForm(visitor, '/sign-out'), '/sign-in')
    assert.deepEqual(visitor.jar.names, ['sigil_flash'])
  })

  test('signing out everywhere on a page ends all sessions and tokens', async () => {
    const [first, second] = await twoOfOne(site)
    const tokens = [tokenOf(first), tokenOf(second)]
    assertLeads(await sendForm(second, '/sign-out-everywhere'), '/sign-in')
    assert.deepEqual(second.jar.names, ['known_browser', 'sigil_flash'])
    for (const token of tokens) assert.equal(await isAccepted(browser(), token), false)
    assert.equal(await isIn(first), false)
    assertLeads(await sendForm(first, '/sign-out-everywhere'), '/sign-in')
    const page = await second.get('/sign-in')
    assert.ok(page.text.includes('You are signed out everywhere.'))
  })
})

onSite('history on a page', ({ browser }) => {
  test('the history page shows all sign-ins, including failed ones, page by page', async () => {
    const visitor = browser()
    const email = await arrivedOnPage(visitor)
    for (let count = 0; count < 30; count++)
      await sendForm(browser(), '/sign-in', { login: email, password: 'wrong' })
    const overview = await visitor.get('/account')
    assert.equal(overview.text.match(/>Wrong password</g)?.length, 5)
    const first = await visitor.get('/account/history')
    assert.equal(first.text.match(/>Wrong password</g)?.length, 25)
    const [, older = ''] = /href="(\/account\/history\?cursor=[^"]+)"/.exec(first.text) ?? []
    const second = await visitor.get(older)
    assertPage(second, 200)
    assert.equal(second.text.match(/>Wrong password</g)?.length, 5)
    assert.equal(second.text.match(/>Signed in</g)?.length, 1)
    assert.ok(!second.text.includes('>Older<'))
    assert.ok(second.text.includes('href="/account/history">Newest'))
  })

  test('the history page rejects an invalid cursor', async () => {
    const visitor = browser()
    await arrivedOnPage(visitor)
    assertPage(await visitor.get('/account/history?cursor=%25%25'), 400)
    assertPage(await visitor.get('/account/history?cursor=a&cursor=b'), 400)
  })
})

onSite('many sessions on a page', ({ browser, world }) => {
  test('the account page shows the newest hundred sessions, and whether there are more', async () => {
    const visitor = browser()
    const email = await arrivedOnPage(visitor)
    const { id = '' } = (await findByLogin(world().db.query, email)) ?? {}
    await openMany(world(), id, 99)
    const all = await visitor.get('/account')
    assert.deepEqual([sessionIdsIn(all).length, all.text.includes('100 active sessions.')], [100, true])
    await openMany(world(), id, 1)
    const some = await visitor.get('/account')
    assert.deepEqual(
      [sessionIdsIn(some).length, some.text.includes('More than 100 active sessions')],
      [100, true],
    )
  })
})
