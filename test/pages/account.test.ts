import assert from 'node:assert/strict'
import { test } from 'node:test'
import { zoneIn } from '#src/http/zone.ts'
import { textsFor } from '#src/pages/texts.ts'
import { sql } from '#src/store/sql.ts'
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

/** Two browsers of one user, the second one signed in last. */
async function twoOfOne({ browser }: Site): Promise<[Client, Client]> {
  const [first, second] = [browser(), browser(firefox)]
  await signedInOnPage(second, await arrivedOnPage(first))
  return [first, second]
}

onSite('sessions on a page', (site) => {
  test('the devices page lists live sessions, this one first', async () => {
    const [, second] = await twoOfOne(site)
    const { text } = await second.get('/account/devices')
    assert.equal(sessionIdsIn(await second.get('/account/devices')).length, 1)
    const title = '<p class="title">Firefox 132 on Linux <span class="badge good">This device</span></p>'
    assert.ok(text.includes(title))
    assert.equal(text.match(/>This device</g)?.length, 1)
    assert.ok(text.indexOf('This device') < text.indexOf('Sigil test'))
    assert.match(text, /127\.0\.0\.1|::1/)
    assert.match(
      text,
      /<time datetime="20\d\d-[^"]+Z" title="\d+ \w+ 20\d\d, \d\d:\d\d UTC">just now<\/time>/,
    )
    assert.ok((await second.get('/account')).text.includes(title))
  })
})

onSite('times on a page', ({ browser }) => {
  test('times are in the time zone that the browser has reported', async () => {
    const visitor = browser()
    await arrivedOnPage(visitor)
    visitor.jar.keep('sigil_zone=Asia/Kolkata; Path=/')
    const { text } = await visitor.get('/account/devices')
    const [, utc = '', shown = ''] = /datetime="([^"]+)" title="([^"]+)"/.exec(text) ?? []
    const here = new Intl.DateTimeFormat('en-GB', {
      ...{ dateStyle: 'medium', timeStyle: 'short', timeZone: 'Asia/Kolkata' },
    } as const)
    assert.equal(shown, here.format(Date.parse(utc)))
    visitor.jar.keep('sigil_zone=Nowhere/Atlantis; Path=/')
    assert.match((await visitor.get('/account/devices')).text, / UTC"/)
  })

  test('time zones in cookies do not fill the memory', () => {
    const spellings = ['Europe/Berlin', 'europe/berlin', 'eUROPE/bERLIN'].map(zoneIn)
    assert.deepEqual(spellings, ['Europe/Berlin', 'Europe/Berlin', 'Europe/Berlin'])
    const [first = '', ...others] = Intl.supportedValuesOf('timeZone')
    const texts = textsFor('en', first)
    assert.equal(textsFor('en', first), texts)
    for (const zone of others) textsFor('en', zone)
    assert.notEqual(textsFor('en', first), texts)
  })
})

onSite('ending sessions on a page', (site) => {
  const { browser } = site

  test('ending another session on the account page ends only that one', async () => {
    const [first, second] = await twoOfOne(site)
    const [oldest = ''] = sessionIdsIn(await second.get('/account'))
    assertLeads(await sendForm(second, `/account/sessions/${oldest}/end`), '/account/devices')
    assert.ok((await second.get('/account/devices')).text.includes('The session was signed out.'))
    assert.equal(await isIn(first), false)
    assert.equal(await isAccepted(browser(), tokenOf(first)), false)
    assert.equal(await isIn(second), true)
    assert.equal(await isAccepted(browser(), tokenOf(second)), true)
  })

  test('ending the current session on the account page signs out', async () => {
    const [first, second] = await twoOfOne(site)
    const [mine = ''] = sessionIdsIn(await first.get('/account'))
    assertLeads(await sendForm(second, `/account/sessions/${mine}/end`), '/sign-in')
    assert.deepEqual(second.jar.names, ['known_browser', 'sigil_flash', 'sigil_last_method'])
    assert.equal(await isIn(first), true)
  })

  test("the account page does not end another user's session or an unknown one", async () => {
    const mine = browser()
    await arrivedOnPage(mine)
    const [theirs, other] = await twoOfOne(site)
    const [foreign = ''] = sessionIdsIn(await other.get('/account'))
    assertPage(await sendForm(mine, `/account/sessions/${foreign}/end`), 404)
    assertPage(await sendForm(mine, '/account/sessions/nothing/end'), 404)
    assertPage(await sendForm(mine, '/account/sessions/%00/end'), 404)
    assert.equal(await isIn(theirs), true)
  })

  test('ending all other sessions on the account page revokes their tokens', async () => {
    const [first, second] = await twoOfOne(site)
    assertLeads(await sendForm(second, '/account/sessions/end-others'), '/account/devices')
    assert.equal(await isIn(first), false)
    assert.equal(await isAccepted(browser(), tokenOf(first)), false)
    assert.equal(sessionIdsIn(await second.get('/account')).length, 0)
    assert.equal(await isAccepted(browser(), tokenOf(second)), true)
  })
})

onSite('signing out on a page', (site) => {
  const { browser } = site

  test('signing out on a page ends only this session', async () => {
    const [first, second] = await twoOfOne(site)
    const token = tokenOf(second)
    const cookie = second.jar.headerFor('/') ?? ''
    assertLeads(await sendForm(second, '/sign-out'), '/sign-in')
    assert.deepEqual(second.jar.names, ['known_browser', 'sigil_flash', 'sigil_last_method'])
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
    assert.deepEqual(second.jar.names, ['known_browser', 'sigil_flash', 'sigil_last_method'])
    for (const token of tokens) assert.equal(await isAccepted(browser(), token), false)
    assert.equal(await isIn(first), false)
    assertLeads(await sendForm(first, '/sign-out-everywhere'), '/sign-in')
    const page = await second.get('/sign-in')
    assert.ok(page.text.includes('You are signed out everywhere.'))
  })
})

onSite('history on a page', ({ browser, world }) => {
  test('the history page shows the time of day below an earlier day, in the zone of the reader', async () => {
    const visitor = browser()
    const email = await arrivedOnPage(visitor)
    visitor.jar.keep('sigil_zone=Asia/Kolkata; Path=/')
    const yesterday = new Date(Date.now() - 24 * 60 * 60 * 1000)
    yesterday.setUTCHours(3, 10)
    await world().db.query(sql`update sign_ins set at = ${yesterday.getTime()}
      where user_id = (select id from users where email = ${email})`)
    const { text } = await visitor.get('/account/history')
    assert.match(text, /<h2 class="day">(?!Today)[^<]+<\/h2>.*<time [^>]+>08:40<\/time> · /s)
  })

  test('the history page shows all sign-ins, including failed ones, page by page', async () => {
    const visitor = browser()
    const email = await arrivedOnPage(visitor)
    for (let count = 0; count < 30; count++)
      await sendForm(browser(), '/sign-in', { login: email, password: 'wrong' })
    assert.match((await visitor.get('/account')).text, /30 failed sign-ins this week/)
    const first = await visitor.get('/account/history')
    // Consecutive attempts with the same result are one row.
    assert.match(first.text, />Wrong password<\/span> <span class="badge bad">25 times</)
    assert.match(first.text, /<h2 class="day">(?:Today|Yesterday)<\/h2>/)
    const [, older = ''] = /href="(\/account\/history\?cursor=[^"]+)"/.exec(first.text) ?? []
    const second = await visitor.get(older)
    assertPage(second, 200)
    assert.match(second.text, />Wrong password<\/span> <span class="badge bad">5 times</)
    assert.equal(second.text.match(/>Signed in</g)?.length, 1)
    assert.ok(second.text.includes('href="/account/history"'))
    const failed = await visitor.get('/account/history?show=failed')
    assert.ok(failed.text.includes('>25 times<') && !failed.text.includes('>Signed in<'))
    const [, rest = ''] = /href="(\/account\/history\?show=failed&amp;cursor=[^"]+)"/.exec(failed.text) ?? []
    const end = await visitor.get(rest.replace('&amp;', '&'))
    assert.ok(end.text.includes('>5 times<') && !end.text.includes('>Signed in<'))
  })

  test('the history page rejects an invalid cursor', async () => {
    const visitor = browser()
    await arrivedOnPage(visitor)
    assertPage(await visitor.get('/account/history?cursor=%25%25'), 400)
    assertPage(await visitor.get('/account/history?cursor=a&cursor=b'), 400)
  })
})

onSite('many sessions on a page', ({ browser, world }) => {
  test('the devices page shows the newest hundred sessions, and whether there are more', async () => {
    const visitor = browser()
    const email = await arrivedOnPage(visitor)
    const { id = '' } = (await findByLogin(world().db.query, email)) ?? {}
    await openMany(world(), id, 99)
    const all = await visitor.get('/account/devices')
    assert.deepEqual([sessionIdsIn(all).length, all.text.includes('100 active sessions.')], [99, true])
    await openMany(world(), id, 1)
    const some = await visitor.get('/account/devices')
    assert.deepEqual(
      [sessionIdsIn(some).length, some.text.includes('More than 100 active sessions')],
      [100, true],
    )
    assert.ok(some.text.includes('Show 95 more'))
  })
})
