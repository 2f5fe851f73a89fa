import { disable, enable } from '#src/accounts/disable.ts'
import { removeWithTokens } from '#src/accounts/remove.ts'
import type { By } from '#src/audit/by.ts'
import type { Flash } from '#src/pages/flash.ts'
import type { ConsoleKey } from '#src/pages/messages/console-en.ts'
import { logOutEverywhere } from '#src/sessions/end-everywhere.ts'
import type { World } from '#src/world/world.ts'

export const bulkActions = ['sign_out', 'disable', 'enable', 'delete'] as const
export type BulkAction = (typeof bulkActions)[number]

/** The result for one user. `propagated` resolves when no revoked token is accepted any more. */
type Done = { readonly isDone: boolean; readonly propagated: Promise<unknown> }

type Row = {
  readonly run: (world: World, which: { userId: string; by: By }) => Promise<Done>
  readonly effects: readonly ConsoleKey[]
  readonly flash: Flash
  readonly isDanger: boolean
  /** The call of the API, for one user. */
  readonly request: readonly [method: string, path: string, body?: unknown]
}

/** The bulk actions on users, which run one after the other. */
export const bulk: Readonly<Record<BulkAction, Row>> = {
  sign_out: {
    run: async (world, which) => {
      const { propagated } = await logOutEverywhere(world, { ...which, reason: 'logout_all' })
      return { isDone: true, propagated }
    },
    effects: ['effect_all_sessions_end', 'effect_all_tokens_revoked', 'effect_all_can_sign_in'],
    flash: 'users_signed_out',
    isDanger: true,
    request: ['POST', '/logout_all', {}],
  },
  disable: {
    run: async (world, which) => {
      const { disabled, propagated } = await disable(world, which)
      return { isDone: disabled !== 'last_admin', propagated }
    },
    effects: [
      'effect_all_sessions_end',
      'effect_all_tokens_revoked',
      'effect_all_cannot_sign_in',
      'effect_last_admin_stays',
    ],
    flash: 'users_disabled',
    isDanger: true,
    request: ['POST', '/disable', {}],
  },
  enable: {
    run: async (world, which) => ({ isDone: await enable(world, which), propagated: Promise.resolve() }),
    effects: ['effect_all_enabled', 'effect_ended_stay_ended'],
    flash: 'users_enabled',
    isDanger: false,
    request: ['POST', '/enable', {}],
  },
  delete: {
    run: async (world, which) => {
      const { removed, propagated } = await removeWithTokens(world, which)
      return { isDone: removed === 'removed', propagated }
    },
    effects: [
      'effect_all_data_deleted',
      'effect_all_tokens_revoked',
      'effect_not_undone',
      'effect_audit_stays',
      'effect_last_admin_stays',
    ],
    flash: 'users_deleted',
    isDanger: true,
    request: ['DELETE', ''],
  },
}
