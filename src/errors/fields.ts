import { z } from 'zod'
import type { Language, Localized } from '#src/errors/error-codes.ts'
import { nearestOf } from '#src/platform/spelling.ts'

/** All field errors of a body or a query. A code is stable: clients branch on it. */
export const fieldCodes = {
  malformed: {
    en: 'The request body cannot be read.',
    ru: 'Не удалось прочитать тело запроса.',
  },
  missing: { en: 'Required.', ru: 'Обязательное поле.' },
  given_twice: {
    en: 'Given more than once. Send one value.',
    ru: 'Указано несколько раз. Отправьте одно значение.',
  },
  unknown_key: { en: 'Unknown field. Remove it.', ru: 'Неизвестное поле. Удалите его.' },
  invalid_type: {
    en: 'Wrong type, for example a number where a string is expected.',
    ru: 'Неверный тип, например число вместо строки.',
  },
  invalid_value: { en: 'This value is not allowed.', ru: 'Недопустимое значение.' },
  invalid_format: { en: 'Wrong format.', ru: 'Неверный формат.' },
  invalid_text: {
    en: 'Contains U+0000 or an unpaired surrogate. Remove it.',
    ru: 'Содержит U+0000 или непарный суррогат. Удалите его.',
  },
  too_short: { en: 'Too short.', ru: 'Слишком коротко.' },
  too_long: { en: 'Too long.', ru: 'Слишком длинно.' },
  too_small: { en: 'Too small.', ru: 'Слишком маленькое число.' },
  too_big: { en: 'Too big.', ru: 'Слишком большое число.' },
  too_common: {
    en: 'This password is too common. Choose another one.',
    ru: 'Этот пароль слишком распространён. Выберите другой.',
  },
  leaked: {
    en: 'This password has appeared in a leak. Choose another one.',
    ru: 'Этот пароль есть в утечках. Выберите другой.',
  },
  own_name: {
    en: 'The password must not be your name or email. Choose another one.',
    ru: 'Пароль не должен совпадать с вашим именем или почтой. Выберите другой.',
  },
  not_repeated: {
    en: 'The passwords do not match. Type the same one twice.',
    ru: 'Пароли не совпадают. Введите один и тот же пароль дважды.',
  },
  not_an_email: {
    en: 'Not a valid email address. Use the form name@example.org.',
    ru: 'Неверный адрес почты. Укажите его в виде name@example.org.',
  },
  not_a_username: {
    en: 'Not a valid username. Use 2 to 64 letters of one script, digits, ".", "_" or "-".',
    ru: 'Недопустимое имя. Используйте от 2 до 64 букв одного алфавита, цифр, «.», «_» или «-».',
  },
  not_a_role_name: {
    en: 'Not a valid role name. Use a letter from a to z, then up to 62 of a to z, digits, "_" and "-".',
    ru: 'Недопустимое название роли. Начните с буквы a–z, далее до 62 знаков: a–z, цифры, «_» и «-».',
  },
  unknown_role: {
    en: 'This role does not exist. Create it first.',
    ru: 'Такой роли нет. Сначала создайте её.',
  },
  not_an_audience: {
    en: 'Not a valid audience. Use an absolute URI without a fragment, outside the URL of Sigil.',
    ru: 'Недопустимая аудитория. Укажите абсолютный URI без фрагмента вне адреса Sigil.',
  },
  not_a_scope: {
    en: 'Not a valid scope name, or one that OpenID Connect defines. Choose another one.',
    ru: 'Недопустимое имя области доступа или имя из OpenID Connect. Выберите другое.',
  },
  unknown_api: {
    en: 'This API or one of its scopes does not exist. Add it first.',
    ru: 'Такого API или области доступа нет. Сначала добавьте их.',
  },
  duplicate: { en: 'Listed more than once.', ru: 'Указано несколько раз.' },
  not_for_machines: {
    en: 'An app of the kind `machine` has no redirect URIs. Remove them.',
    ru: 'У приложения вида `machine` нет адресов возврата. Удалите их.',
  },
  no_users: {
    en: 'An app of the kind `machine` does not sign users in. Remove this.',
    ru: 'Приложение вида `machine` не выполняет вход пользователей. Уберите это поле.',
  },
  bad_client_uri: {
    en: 'Not allowed. Use an https URL without a fragment.',
    ru: 'Не подходит. Укажите URL https без фрагмента.',
  },
  bad_page: {
    en: 'Not allowed. Use an https URL without a fragment, or http on loopback in development.',
    ru: 'Недопустимый адрес. Нужен https без фрагмента или, при разработке, http на loopback.',
  },
  not_for_proxies: {
    en: 'An app of the kind `proxy` is not an OAuth client. Remove this.',
    ru: 'Приложение вида `proxy` не является клиентом OAuth. Уберите это поле.',
  },
  only_for_proxies: {
    en: 'Only an app of the kind `proxy` has hosts and path rules. Remove them.',
    ru: 'Хосты и правила путей есть только у приложений вида `proxy`. Уберите их.',
  },
  host_needed: {
    en: 'At least one host is required, such as `app.example.com`.',
    ru: 'Нужен хотя бы один хост, например `app.example.com`.',
  },
  bad_host: {
    en: 'Not a valid host. Use a name, with a port if it is not the usual one: `app.example.com:8443`.',
    ru: 'Недопустимый хост. Укажите имя, а если порт необычный, то и порт: `app.example.com:8443`.',
  },
  host_of_sigil: {
    en: 'This host would receive the cookies of Sigil. Choose another host.',
    ru: 'Приложению нужен собственный хост: здесь оно получало бы cookie Sigil. Выберите другой хост.',
  },
  host_taken: {
    en: 'Another app has this host. Remove it there first.',
    ru: 'Этот хост есть у другого приложения. Сначала уберите его там.',
  },
  bad_path: {
    en: 'Not a valid path. Use letters, digits and dashes, and no `/` at the end: `/admin`.',
    ru: 'Недопустимый путь. Используйте буквы, цифры и дефис, без `/` в конце: `/admin`.',
  },
  redirect_needed: {
    en: 'At least one redirect URI is required.',
    ru: 'Нужен хотя бы один адрес возврата.',
  },
  bad_redirect: {
    en: 'Not allowed. Use https or loopback http without a fragment, or for native apps a scheme with a dot.',
    ru: 'Недопустимый адрес. Нужен https или http на loopback без фрагмента; у native — и схема с точкой.',
  },
  bad_origin: {
    en: 'Not an origin. Use the form https://app.example.com.',
    ru: 'Это не источник (origin). Укажите его в виде https://app.example.com.',
  },
  pkce_needed: {
    en: 'Only an app with a client secret can do without PKCE.',
    ru: 'Без PKCE может обойтись только приложение с секретом.',
  },
  bad_jwks: {
    en: 'Not a set of 1 to 10 public keys for signatures. Send the public part of each key only.',
    ru: 'Это не набор из 1–10 открытых ключей для подписи. Отправьте только открытую часть ключей.',
  },
  bad_jwks_uri: {
    en: 'Not an https URL of a key set, or `jwks` is given as well. Send one of the two.',
    ru: 'Это не https-адрес набора ключей, или указан и `jwks`. Отправьте что-то одно.',
  },
  keys_needed: {
    en: 'Signed requests need keys. Send `jwks` or `jwks_uri`.',
    ru: 'Для подписанных запросов нужны ключи. Укажите `jwks` или `jwks_uri`.',
  },
  not_fapi2: {
    en: 'FAPI 2.0 needs a confidential app with keys, PKCE, https redirect URIs, and ID tokens with ES256.',
    ru: 'Для FAPI 2.0 нужны приложение с ключами, PKCE, https-адреса возврата и ID-токены с ES256.',
  },
  sector_needed: {
    en: 'Pairwise ids need redirect URIs of exactly one host.',
    ru: 'Для парных идентификаторов нужны адреса возврата ровно одного хоста.',
  },
  only_for_machines: {
    en: 'Only an app of the kind `machine` can exchange tokens.',
    ru: 'Обменивать токены может только приложение вида `machine`.',
  },
  bad_cursor: {
    en: 'Not a valid cursor. Omit it to start at the beginning.',
    ru: 'Недействительный курсор. Не указывайте его, чтобы начать сначала.',
  },
} as const satisfies Record<string, Localized>

export type FieldCode = keyof typeof fieldCodes

/** The code of a schema issue. Our own checks provide their code. */
export function fieldCodeOf(issue: z.core.$ZodRawIssue | z.core.$ZodIssue): FieldCode {
  switch (issue.code) {
    case 'unrecognized_keys':
      return 'unknown_key'
    case 'invalid_type':
      return issue.input === undefined ? 'missing' : 'invalid_type'
    case 'invalid_value':
      return issue.input === undefined ? 'missing' : 'invalid_value'
    case 'invalid_format':
      return 'invalid_format'
    case 'too_small':
      return isNumber(issue.origin) ? 'too_small' : 'too_short'
    case 'too_big':
      return isNumber(issue.origin) ? 'too_big' : 'too_long'
    case 'custom':
      return isFieldCode(issue.params?.code) ? issue.params.code : 'invalid_value'
    default:
      return 'invalid_value'
  }
}

function isNumber(origin: string): boolean {
  return origin === 'number' || origin === 'int'
}

function isFieldCode(code: unknown): code is FieldCode {
  return typeof code === 'string' && Object.hasOwn(fieldCodes, code)
}

const locales = { en: z.locales.en().localeError, ru: z.locales.ru().localeError }

/**
 * Codes whose sentence is better than the one in zod's locale, which describes types, bounds and patterns.
 */
const withOwnText: ReadonlySet<FieldCode> = new Set(['missing', 'given_twice', 'invalid_format'])

/** The sentence about one issue, usually from zod's locale. It never repeats a submitted value. */
export function issueText(
  issue: z.core.$ZodRawIssue | z.core.$ZodIssue,
  code: FieldCode,
  language: Language,
): string {
  const isVague = issue.code === 'custom' || issue.code === 'invalid_union'
  if (isVague || withOwnText.has(code)) return fieldCodes[code][language]
  const text = locales[language](issue as z.core.$ZodRawIssue)
  return typeof text === 'string' ? `${text}.` : fieldCodes[code][language]
}

/** Names in a response are truncated: it must not be many times longer than the request. */
export const maxNameLength = 50

/** The sentence about an unknown key, with the most similar known name. */
export function unknownKeyText(key: string, known: readonly string[]): Localized {
  const name = key.slice(0, maxNameLength).toWellFormed()
  // Comparing takes time, and no known name is this long.
  const meant = key.length > maxNameLength ? undefined : nearestOf(key, known, key.length / 3)
  return {
    en: `Unknown field \`${name}\`. ${meant === undefined ? 'Remove it.' : `Did you mean \`${meant}\`?`}`,
    ru: `Неизвестное поле \`${name}\`. ${meant === undefined ? 'Удалите его.' : `Может быть, \`${meant}\`?`}`,
  }
}

/** The English text of a check with a code of its own, for files and commands of operators. */
export function ownFieldText(issue: z.core.$ZodRawIssue): string | undefined {
  return issue.code === 'custom' && issue.params ? fieldCodes[fieldCodeOf(issue)].en : undefined
}
