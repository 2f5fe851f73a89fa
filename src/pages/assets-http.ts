import { AppError } from '#src/errors/errors.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { assetFiles } from '#src/pages/assets.ts'
import { brandFiles } from '#src/pages/site.ts'
import type { World } from '#src/world/world.ts'

export const assetFile = endpoint({
  summary: 'A stylesheet, script or image of the pages.',
  responses: { 200: null },
  errors: ['not_found'],
  handle: (world: World, call) => {
    const file = [...assetFiles, ...brandFiles(world)].find(({ path }) => path === call.path)
    if (!file) throw new AppError('not_found')
    return file.answer
  },
})
