import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Query } from '#src/store/db.ts'
import type { Sql } from '#src/store/sql.ts'
import { countOtherActiveMembers } from '#src/users/roles.sql.ts'
import { freshDatabaseUrl, openPlace } from '#test/support/engines.ts'

test('counting the administrators reads the members of the role, and not all users', async () => {
  const { query } = await openPlace(await freshDatabaseUrl('sqlite'))
  const steps: string[] = []
  const explaining: Query = async (statement) => {
    const { strings, values } = statement as Sql
    const [first = '', ...rest] = strings
    const pieces = [`explain query plan ${first}`, ...rest]
    const rows = await query({ strings: Object.assign(pieces, { raw: pieces }), values })
    steps.push(...rows.map(({ detail }) => String(detail)))
    return []
  }
  await countOtherActiveMembers(explaining, 'admin', 'ann')
  assert.match(steps[0] ?? '', /user_roles USING .*INDEX user_roles_by_role \(role=\?\)/)
  assert.match(steps[1] ?? '', /SEARCH users USING .*INDEX .*\(id=\?\)/)
})
