import { test } from 'node:test'
import { killUnderLoad, killWhileItStarts } from '#test/crash/killed.ts'
import { onBothEngines } from '#test/support/engines.ts'

onBothEngines('a server that is killed', ({ freshPlace, emptyPlace }) => {
  test('a server killed 30 times under load keeps everything that it has acknowledged', async (t) => {
    await killUnderLoad(await freshPlace(), 30, t)
  })

  test('a server killed 8 times during its first start then starts and works', async (t) => {
    await killWhileItStarts(await emptyPlace(), 8, t)
  })
})
