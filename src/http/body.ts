import type { IncomingMessage } from 'node:http'
import { AppError } from '#src/errors/errors.ts'
import type { Receiving } from '#src/http/body-budget.ts'
import { hasDuplicateKey } from '#src/http/duplicate-keys.ts'

/** The largest body. No call needs more. */
export const maxBodyBytes = 64 * 1024

/** How a body is received: its maximum size, and the budget that it uses. */
export type Reception = { readonly maxBytes: number; readonly receiving: Receiving }

/** The JSON of a request. An empty body is the empty object, whatever its content type. */
export async function readJson(incoming: IncomingMessage, reception: Reception): Promise<unknown> {
  const bytes = await readPlainBytes(incoming, reception)
  if (bytes.length === 0) return {}
  if (!isJson(incoming.headers['content-type'])) throw new AppError('unsupported_media_type')
  const text = utf8(bytes)
  const value = parsed(text)
  if (hasDuplicateKey(text))
    throw malformed('A key occurs twice in one object.', 'Ключ повторяется в одном объекте.')
  return value
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw malformed('The body is not valid JSON.', 'Тело запроса — не JSON.')
  }
}

/** The fields of an HTML form. A field that was sent twice is ambiguous, and an error. */
export async function readForm(
  incoming: IncomingMessage,
  reception: Reception,
): Promise<Record<string, string>> {
  const bytes = await readPlainBytes(incoming, reception)
  const [type] = (incoming.headers['content-type'] ?? '').split(';')
  if (bytes.length > 0 && type?.trim().toLowerCase() !== 'application/x-www-form-urlencoded') {
    throw new AppError('not_a_form')
  }
  const fields: Record<string, string> = Object.create(null)
  for (const [name, value] of new URLSearchParams(utf8(bytes))) {
    if (name in fields) throw malformed('A field was sent twice.', 'Поле отправлено дважды.')
    fields[name] = value
  }
  return fields
}

/** Compressed bodies are rejected: a few bytes could expand until the memory is full. */
async function readPlainBytes(incoming: IncomingMessage, reception: Reception): Promise<Buffer> {
  const reading = readBytes(incoming, reception)
  // After a timeout it keeps reading until the connection ends, and then fails.
  reading.catch(() => {})
  const bytes = await Promise.race([reading, reception.receiving.timeout])
  const encoding = incoming.headers['content-encoding']?.trim().toLowerCase() ?? ''
  if (bytes.length > 0 && encoding !== '' && encoding !== 'identity') throw new AppError('encoded_body')
  return bytes
}

async function readBytes(incoming: IncomingMessage, { maxBytes, receiving }: Reception): Promise<Buffer> {
  if (Number(incoming.headers['content-length'] ?? 0) > maxBytes) throw new AppError('too_large')
  const chunks: Buffer[] = []
  let length = 0
  try {
    // Leaving the loop must not destroy the connection: the error response still has to be written to it.
    for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
      length += chunk.length
      if (length > maxBytes) throw new AppError('too_large')
      receiving.take(chunk.length)
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof AppError) throw error
    // A client that hangs up in the middle is not an unexpected error, and must not fill the log.
    throw malformed('The body is incomplete.', 'Тело запроса оборвалось.')
  }
  return Buffer.concat(chunks)
}

function isJson(type: string | undefined): boolean {
  const [essence, ...parameters] = (type ?? '').toLowerCase().split(';')
  const charset = parameters.map((one) => one.trim()).find((one) => one.startsWith('charset='))
  const isUtf8 = charset === undefined || /^charset="?utf-?8"?$/.test(charset)
  return isUtf8 && essence?.trim() === 'application/json'
}

function utf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw malformed('The body is not valid UTF-8.', 'Тело запроса — не UTF-8.')
  }
}

function malformed(en: string, ru: string): AppError {
  return new AppError('invalid_request', { errors: [{ pointer: '', code: 'malformed', detail: { en, ru } }] })
}
