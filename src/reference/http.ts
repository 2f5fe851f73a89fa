import { z } from 'zod'
import type { Language } from '#src/errors/error-codes.ts'
import { AppError } from '#src/errors/errors.ts'
import { asset, seeOther } from '#src/http/answer.ts'
import { endpoint } from '#src/http/endpoint.ts'
import type { Route } from '#src/http/mount.ts'
import { renewed } from '#src/pages/page-cookies.ts'
import { type Described, describedCalls, docsPage } from '#src/reference/docs-page.ts'
import { llmsTxt } from '#src/reference/llms-txt.ts'
import { openapiOf } from '#src/reference/openapi.ts'
import { operationsOf } from '#src/reference/operation.ts'
import { openSchemaBook } from '#src/reference/schema-book.ts'
import { urlOf } from '#src/reference/try-form.ts'
import { isSecure } from '#src/tokens/pair-answer.ts'
import { perWorld, type World } from '#src/world/world.ts'

/**
 * The route table is a parameter because it lists this endpoint, and a function because it is not complete
 * yet.
 */
export function describeApi(routes: () => readonly Route<World>[]) {
  const written = perWorld((world) => {
    const { publicUrl } = world.settings
    return JSON.stringify(openapiOf(routes(), { publicUrl, isSecure: isSecure(world) }))
  })
  return endpoint({
    summary: 'Returns this description of the API, in OpenAPI 3.1.',
    responses: { 200: z.looseObject({ openapi: z.string() }) },
    errors: [],
    handle: (world: World) => asset('application/json', written(world), { 'cache-control': 'no-cache' }),
  })
}

/** Building it takes 7 ms and anyone may request it, so it is built once per language. */
export function showDocs(routes: () => readonly Route<World>[]) {
  const written = new Map<Language, Described>()
  const callsIn = (language: Language) => {
    const calls = written.get(language) ?? describedCalls(language, operationsOf(routes()))
    written.set(language, calls)
    return calls
  }
  return endpoint({
    summary: 'The API reference.',
    responses: { 200: null },
    errors: [],
    handle: async (world: World, call) => renewed(world, call, docsPage(call, callsIn(call.language))),
  })
}

export function showLlmsTxt(routes: () => readonly Route<World>[]) {
  const written = perWorld(({ settings }) =>
    llmsTxt(routes(), { name: settings.brandName, url: settings.publicUrl }),
  )
  return endpoint({
    summary: 'Returns an index of the API for language models, as llmstxt.org describes it.',
    responses: { 200: z.string() },
    errors: [],
    mediaType: 'text/plain; charset=utf-8',
    handle: (world: World) =>
      asset('text/plain; charset=utf-8', written(world), { 'cache-control': 'public, max-age=3600' }),
  })
}

/** A page view renews the access token, so the call is made as the user who is signed in on our pages. */
export function tryOut(routes: () => readonly Route<World>[]) {
  return endpoint({
    summary: 'Redirects from a form of the API reference to the call it describes.',
    query: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
    responses: { 303: null },
    errors: ['not_found', 'invalid_request'],
    handle: async (world: World, call) => {
      const operation = operationsOf(routes()).find(({ id }) => id === call.params.id)
      if (operation?.route.method !== 'GET') throw new AppError('not_found')
      return renewed(world, call, seeOther(urlOf(operation, call.query, openSchemaBook())))
    },
  })
}
