import { type Html, html } from '#src/http/html.ts'
import { badge } from '#src/pages/components/badge.ts'
import { pagination } from '#src/pages/components/pagination.ts'
import { readsConsole } from '#src/pages/console/places.ts'
import { form, submit } from '#src/pages/form.ts'
import type { FormErrors } from '#src/pages/form-errors.ts'
import { type Column, table } from '#src/pages/table.ts'
import type { Texts } from '#src/pages/texts.ts'
import type { Role } from '#src/users/role.ts'

type Shown = {
  readonly roles: readonly Role[]
  readonly mayChange: boolean
  readonly isFirst: boolean
  readonly nextCursor: string | null
  readonly typed: { readonly name: string; readonly description: string }
  readonly errors: FormErrors | undefined
}

export function rolesContent(texts: Texts, shown: Shown): Html {
  const { roles, mayChange, isFirst, nextCursor } = shown
  return html`<div class="head"><h1>${texts.get('roles_page')}</h1>
<a href="/admin/audit?event=role.granted">${texts.get('role_history')}</a></div>
<section class="sheet">${list(texts, roles, mayChange)}
${pagination(texts, { path: '/admin/roles', isFirst, nextCursor })}</section>
${mayChange && createForm(texts, shown)}`
}

function createForm(texts: Texts, { typed, errors }: Shown): Html {
  return html`<section class="sheet slim"><h2>${texts.get('create_role')}</h2>
<p class="hint">${texts.get('create_role_hint')}</p>
${form(texts, {
  action: '/admin/roles',
  errors,
  fields: [
    {
      name: 'name',
      label: texts.get('role_name'),
      type: 'text',
      autocomplete: 'off',
      value: typed.name,
      hint: texts.get('role_name_hint'),
    },
    {
      name: 'description',
      label: texts.get('description'),
      type: 'text',
      autocomplete: 'off',
      value: typed.description,
      optional: true,
    },
  ],
  button: submit(texts.get('create_role')),
})}</section>`
}

function list(texts: Texts, roles: readonly Role[], mayChange: boolean): Html {
  const columns: Column<Role>[] = [
    {
      label: texts.get('role'),
      part: 'headline',
      cell: ({ name, description }) => html`<code>${name}</code><span class="claim">${description}</span>`,
    },
    {
      label: texts.get('kind'),
      cell: ({ name, builtIn }) => html`${builtIn && badge('neutral', texts.get('built_in'))}
${readsConsole(name) && badge('warn', texts.get('reads_console'))}`,
    },
    {
      label: texts.get('members'),
      part: 'number',
      cell: ({ name, members }) => html`<a href="/admin/users?role=${name}">${texts.number(members)}</a>`,
    },
    { label: texts.get('action'), part: 'action', cell: (role) => mayChange && deleteLink(texts, role) },
  ]
  return table(texts.get('roles_page'), columns, roles)
}

function deleteLink(texts: Texts, { name, builtIn, members }: Role): Html | false {
  const label = texts.get('delete_role_named', { role: name })
  const path = `/admin/roles/${name}/delete`
  const link = html`<a class="button small" href="${path}" aria-label="${label}">${texts.get('delete')}</a>`
  return !builtIn && members === 0 && link
}
