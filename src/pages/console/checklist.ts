import { newestEvent } from '#src/administration/statistics.sql.ts'
import { listAppIds } from '#src/apps/apps.sql.ts'
import { readCursor } from '#src/http/cursor.ts'
import { type Html, html } from '#src/http/html.ts'
import { icon } from '#src/pages/components/icons.ts'
import { setting } from '#src/pages/components/setting.ts'
import type { ConsoleKey } from '#src/pages/messages/console-en.ts'
import type { Texts } from '#src/pages/texts.ts'
import { allVerifiers } from '#src/revocations/verifiers.sql.ts'
import { canSendMail } from '#src/settings/settings.ts'
import { countOtherActiveMembers } from '#src/users/roles.sql.ts'
import { findUser } from '#src/users/users.sql.ts'
import type { World } from '#src/world/world.ts'

const steps = {
  second_factor: '/account/security',
  second_admin: '/admin/users',
  mail: '/admin/sign-in',
  app: '/admin/apps',
  backup: '/admin/audit?event=database.backed_up',
} as const

type StepName = keyof typeof steps
export type Step = { readonly name: StepName; readonly isDone: boolean }

/** The setup steps that a new server still lacks. */
export async function checklistOf(world: World, userId: string): Promise<Step[]> {
  const { db, settings } = world
  const user = await findUser(db.query, userId)
  const hasApp = (await listAppIds(db.query, { ...readCursor(undefined), limit: 1 })).length > 0
  const done: Readonly<Record<StepName, boolean>> = {
    second_factor: user !== undefined && (user.hasPasskey || user.secondFactors.length > 0),
    second_admin: (await countOtherActiveMembers(db.query, 'admin', userId)) > 0,
    mail: canSendMail(settings),
    app: hasApp || (await allVerifiers(db.query)).length > 0,
    // PostgreSQL is backed up with its own tools, which write nothing to the audit log.
    backup: db.dialect === 'postgres' || (await newestEvent(db.query, 'database.backed_up')) !== undefined,
  }
  return (Object.keys(steps) as StepName[]).map((name) => ({ name, isDone: done[name] }))
}

/** Is shown until everything is done. */
export function checklistSection(texts: Texts, list: readonly Step[]): Html | undefined {
  const done = list.filter(({ isDone }) => isDone).length
  if (done === list.length) return undefined
  const rows = list.map(({ name, isDone }) => {
    const mark = isDone ? 'done' : 'open'
    const state = html`<span class="unseen">${texts.get(isDone ? 'done' : 'todo')}: </span>`
    const title: ConsoleKey = `step_${name}`
    const link = html`<a class="button small" href="${steps[name]}"
 aria-label="${texts.get('open_step')}: ${texts.get(title)}">${texts.get('open_step')}</a>`
    return setting(
      html`<span class="mark-${mark}">${icon(mark)}</span> ${state}${texts.get(title)}`,
      isDone ? '' : texts.get(`step_${name}_hint`),
      !isDone && link,
    )
  })
  return html`<section class="sheet checklist"><div class="head"><h2>${texts.get('checklist')}</h2>
<span class="muted">${texts.get('checklist_hint', { done, all: list.length })}</span></div>${rows}</section>`
}
