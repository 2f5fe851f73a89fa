import { test } from 'node:test'
import { killUnderLoad, killWhileItStarts } from '#test/crash/killed.ts'
import { killBeforeMail } from '#test/crash/killed-mail.ts'
import { onBothEngines } from '#test/support/engines.ts'

onBothEngines('a server that is killed', ({ freshPlace, emptyPlace }) => {
  test('a server killed 30 times under load keeps everything that it has acknowledged', async (t) => {
    await killUnderLoad(await freshPlace(), 30, t)
  })

  test('a server killed 8 times during its first start then starts and works', async (t) => {
    await killWhileItStarts(await emptyPlace(), 8, t)
  })

  test('a message that was committed arrives after a kill, at worst twice, and its code works', async () => {
    await killBeforeMail(await freshPlace())
  })
})
