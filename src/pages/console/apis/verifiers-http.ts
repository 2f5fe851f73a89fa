import { z } from 'zod'
import type { Api } from '#src/apps/api.ts'
import { apiByAudience, apiByName } from '#src/apps/apis.sql.ts'
import { byCallerOf } from '#src/audit/by.ts'
import { AppError } from '#src/errors/errors.ts'
import type { Call } from '#src/http/call.ts'
import { endpoint } from '#src/http/endpoint.ts'
import { html } from '#src/http/html.ts'
import { codeBlock } from '#src/pages/components/code-block.ts'
import { confirmPage } from '#src/pages/console/confirm-page.ts'
import { cliCommand, consolePage } from '#src/pages/console/console-page.ts'
import { Filter } from '#src/pages/console/filter.ts'
import { secretPage } from '#src/pages/console/secret-page.ts'
import { seeOtherWithFlash } from '#src/pages/flash.ts'
import { form, submit, Typed } from '#src/pages/form.ts'
import type { FormErrors } from '#src/pages/form-errors.ts'
import { type Texts, textsOf } from '#src/pages/texts.ts'
import { addVerifier, removeVerifier, verifierName } from '#src/revocations/verifier-keys.ts'
import { verifierByName } from '#src/revocations/verifiers.sql.ts'
import type { World } from '#src/world/world.ts'

type NewVerifier = {
  readonly api: Api | undefined
  readonly name: string
  readonly errors: FormErrors | undefined
}

const listOf = (api: Api | undefined) => (api ? (`/admin/apis/${api.name}` as const) : '/admin/nodes')
const placeOf = (api: Api | undefined) => (api ? '/admin/apis' : '/admin/nodes')

function newVerifierPage(world: World, call: Call, { api, name, errors }: NewVerifier) {
  const texts = textsOf(call)
  const title = texts.get('add_verifier')
  const content = html`<section class="sheet narrow"><h1>${title}</h1>
<p class="lead">${api ? texts.get('add_verifier_for', { api: api.name }) : texts.get('add_verifier_own')}</p>
${form(texts, {
  action: '/admin/verifiers/new',
  errors,
  hidden: { api: api?.name },
  fields: [
    {
      ...{ name: 'name', label: texts.get('name'), hint: texts.get('verifier_name_hint'), value: name },
      ...{ type: 'text', autocomplete: 'off', first: true },
    },
  ],
  button: submit(texts.get('add_verifier')),
  after: html`<a href="${listOf(api)}">${texts.get('cancel')}</a>`,
})}</section>`
  const command = cliCommand(`sigil verifier add NAME${api ? ` --api ${api.name}` : ''}`)
  const status = errors?.status ?? 200
  return consolePage(world, call, { place: placeOf(api), title, content, command, status })
}

async function apiNamed({ db }: World, name: string | undefined): Promise<Api | undefined> {
  const api = name === undefined ? undefined : await apiByName(db.query, name)
  if (name !== undefined && !api) throw new AppError('not_found')
  return api
}

export const showNewVerifier = endpoint({
  summary: 'The form that issues a verifier key.',
  query: z.object({ api: Filter }),
  responses: { 200: null },
  errors: ['not_found'],
  handle: async (world: World, call) =>
    newVerifierPage(world, call, {
      api: await apiNamed(world, call.query.api),
      name: '',
      errors: undefined,
    }),
})

export const sendNewVerifier = endpoint({
  summary: 'Issues a verifier key, and shows it once.',
  body: z.object({ name: Typed, api: Filter }),
  responses: { 200: null },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const api = await apiNamed(world, call.body.api)
    const texts = textsOf(call)
    const name = call.body.name.trim()
    const again = (sentence: 'verifier_name_hint' | 'verifier_exists', status: number) =>
      newVerifierPage(world, call, { api, name, errors: errorsOf(texts, sentence, status) })
    if (!verifierName.test(name)) return again('verifier_name_hint', 400)
    const added = await addVerifier(world, { name, apiId: api?.id, by: byCallerOf(call) })
    if (!added) return again('verifier_exists', 409)
    const code = verifierCode(world.settings.publicUrl, api)
    return secretPage(world, call, {
      place: placeOf(api),
      title: texts.get('verifier_added_title', { name }),
      label: texts.get('verifier_key'),
      secret: `SIGIL_VERIFIER_KEY=${added.key}`,
      more: html`<section class="sheet snippets"><h2>${texts.get('use_verifier')}</h2>
${codeBlock('JavaScript', code)}</section>`,
      next: listOf(api),
    })
  },
})

function errorsOf(texts: Texts, key: 'verifier_name_hint' | 'verifier_exists', status: number): FormErrors {
  return { status, headers: {}, alert: texts.get('check_fields'), fields: { name: texts.get(key) } }
}

function verifierCode(issuer: string, api: Api | undefined): string {
  return [
    "import { createVerifier } from '@sigil/verify'",
    '',
    'const verifier = createVerifier({',
    `  issuer: '${issuer}',`,
    ...(api ? [`  audience: ${JSON.stringify(api.audience)},`] : []),
    '  key: process.env.SIGIL_VERIFIER_KEY,',
    '})',
    'const { userId } = await verifier.verify(request)',
  ].join('\n')
}

export const confirmRemoveVerifier = endpoint({
  summary: 'Confirmation page for removing a verifier key.',
  responses: { 200: null },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const { name, api } = await verifierOfPage(world, call)
    const texts = textsOf(call)
    return confirmPage(world, call, {
      place: placeOf(api),
      title: texts.get('remove_verifier_title'),
      subject: name,
      effects: [texts.get('effect_verifier_key'), texts.get('effect_verifier_lease')],
      action: `/admin/verifiers/${name}/remove`,
      button: texts.get('remove_permanently'),
      cancel: listOf(api),
      command: cliCommand(`sigil verifier remove ${name}`),
    })
  },
})

export const sendRemoveVerifier = endpoint({
  summary: 'Removes a verifier key.',
  responses: { 303: null },
  errors: ['not_found'],
  handle: async (world: World, call) => {
    const { name, api } = await verifierOfPage(world, call)
    if (!(await removeVerifier(world, { name, by: byCallerOf(call) }))) throw new AppError('not_found')
    return seeOtherWithFlash(world, listOf(api), 'verifier_removed')
  },
})

async function verifierOfPage(world: World, call: Call): Promise<{ name: string; api: Api | undefined }> {
  const { query } = world.db
  const verifier = await verifierByName(query, call.params.name ?? '')
  if (!verifier) throw new AppError('not_found')
  const { name, audience } = verifier
  return { name, api: audience === undefined ? undefined : await apiByAudience(query, audience) }
}
