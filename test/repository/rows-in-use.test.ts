import assert from 'node:assert/strict'
import { test } from 'node:test'
import { events } from '#src/audit/events.ts'
import { errorCodes } from '#src/errors/error-codes.ts'
import { en as messages } from '#src/mail/messages/en.ts'
import { settingKeys } from '#src/settings/table.ts'
import { metricNames } from '#src/telemetry/metrics-table.ts'
import { codeOf, sourcesOf } from '#test/support/source.ts'

const sources = sourcesOf('src/**/*.ts')

/** The names that occur nowhere in the server, apart from the files of the table itself. */
function unusedOf(names: readonly string[], table: RegExp, { inCode = false } = {}): string[] {
  const others = sources.filter(({ path }) => !table.test(path))
  const texts = others.map(({ text }) => (inCode ? codeOf(text) : text))
  return names.filter((name) => {
    const used = inCode ? new RegExp(`\\b${name}\\b`) : new RegExp(`'${name.replace('.', '\\.')}'`)
    return !texts.some((text) => used.test(text))
  })
}

test('every setting is read by the server', () => {
  assert.deepEqual(unusedOf(settingKeys, /^src\/settings\/[\w-]+-rows\.ts$/, { inCode: true }), [])
})

test('every error code is used by the server', () => {
  assert.deepEqual(unusedOf(Object.keys(errorCodes), /^src\/errors\//), [])
})

test('every audit event is recorded by the server', () => {
  assert.deepEqual(unusedOf(Object.keys(events), /^src\/audit\/events\.ts$/), [])
})

test('every metric is counted by the server', () => {
  assert.deepEqual(unusedOf(metricNames, /^src\/telemetry\/metrics-table\.ts$/), [])
})

test('every kind of email is sent by the server', () => {
  assert.deepEqual(unusedOf(Object.keys(messages), /^src\/mail\/messages\//), [])
})

test('a row that nothing uses is reported', () => {
  const table = /^src\/audit\/events\.ts$/
  assert.deepEqual(unusedOf(['user.deleted', 'user.cloned'], table), ['user.cloned'])
  assert.deepEqual(unusedOf(['dataDir', 'dataFolder'], table, { inCode: true }), ['dataFolder'])
})
