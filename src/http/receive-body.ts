import type { IncomingMessage, ServerResponse } from 'node:http'
import { AppError } from '#src/errors/errors.ts'
import { maxBodyBytes, readForm, readJson } from '#src/http/body.ts'
import type { BodyBudget } from '#src/http/body-budget.ts'
import type { Call } from '#src/http/call.ts'

type Streams = { readonly incoming: IncomingMessage; readonly outgoing: ServerResponse }
type Receiver = { readonly surface: 'api' | 'page' | 'oauth' | 'oauth_json' }

/** Receives the JSON or the form of a request, within the size limit and the budget. */
export async function receiveBody(
  { surface }: Receiver,
  { incoming, outgoing }: Streams,
  bodies: BodyBudget,
  { address }: Pick<Call, 'address'>,
): Promise<unknown> {
  const receiving = bodies.begin(address)
  const reception = { maxBytes: maxBodyBytes, receiving }
  try {
    return await (surface === 'api' || surface === 'oauth_json'
      ? readJson(incoming, reception)
      : readForm(incoming, reception))
  } catch (error) {
    // The rest of the body may never come, and the connection would wait for it.
    if (error instanceof AppError && error.code === 'body_timeout') outgoing.shouldKeepAlive = false
    throw error
  } finally {
    receiving.end()
  }
}
