import { FactorsBody } from '#src/accounts/factor-schemas.ts'
import { factorsOnWire, listFactors } from '#src/accounts/list-factors.ts'
import { removeFactor } from '#src/accounts/remove-factor.ts'
import { showUser } from '#src/administration/show-user.ts'
import { byCallerOf } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import { empty, json } from '#src/http/answer.ts'
import { endpoint } from '#src/http/endpoint.ts'
import type { World } from '#src/world/world.ts'

export const listFactorsOfUser = endpoint({
  summary: 'Lists the second factors of a user.',
  responses: { 200: FactorsBody },
  errors: ['not_found'],
  handle: async (world: World, { params }) => {
    const { id } = await showUser(world, params.id ?? '')
    return json(200, factorsOnWire(await listFactors(world.db.query, id)))
  },
})

export const removeFactorOfUser = endpoint({
  summary:
    'Removes a second factor of a user who has lost it. Removing the last one also removes the recovery ' +
    'codes and the trusted devices.',
  responses: { 204: null },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const { id = '', fid = '' } = call.params
    if (!(await removeFactor(world, { userId: id, id: fid, by: byCallerOf(call) })))
      throw new AppError('not_found')
    return empty(204)
  },
})
