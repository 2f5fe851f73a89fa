import type { FieldCode } from '#src/errors/fields.ts'

/** The languages Sigil speaks to people. */
export type Language = 'en' | 'ru'

type Row = {
  readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 429 | 500 | 503
  /** The error code of RFC 6749 that OAuth endpoints answer with. */
  readonly oauth: string
  readonly en: string
  readonly ru: string
}

/**
 * Every no that Sigil says, in one place. The code is stable: clients decide by it. The sentence says what
 * happened, then what to do.
 */
export const errorCodes = {
  invalid_request: {
    status: 400,
    oauth: 'invalid_request',
    en: 'The request is not well formed. Correct the fields that are named and send it again.',
    ru: 'Запрос составлен неверно. Исправьте указанные поля и отправьте его снова.',
  },
  not_signed_in: {
    status: 401,
    oauth: 'invalid_token',
    en: 'You are not signed in. Sign in and try again.',
    ru: 'Вы не вошли. Войдите и попробуйте снова.',
  },
  invalid_client: {
    status: 401,
    oauth: 'invalid_client',
    en: 'The verifier key is missing or wrong. Send one that `sigil verifier add` printed.',
    ru: 'Ключ проверяющего не указан или неверен. Отправьте ключ, который выдал `sigil verifier add`.',
  },
  wrong_credentials: {
    status: 401,
    oauth: 'invalid_grant',
    en: 'The login or the password is wrong. Check both and try again.',
    ru: 'Неверный логин или пароль. Проверьте их и попробуйте снова.',
  },
  too_many_attempts: {
    status: 429,
    oauth: 'temporarily_unavailable',
    en:
      'Too many attempts to sign in. Wait as long as Retry-After says, or use a browser you have ' +
      'signed in with before.',
    ru:
      'Слишком много попыток входа. Подождите, сколько указано в Retry-After, или войдите из браузера, ' +
      'в котором уже входили.',
  },
  invalid_code: {
    status: 401,
    oauth: 'invalid_grant',
    en: 'The code is wrong or has expired. Check it and try again.',
    ru: 'Код неверен или устарел. Проверьте его и попробуйте снова.',
  },
  passkey_rejected: {
    status: 401,
    oauth: 'invalid_grant',
    en: 'The passkey was not accepted. Try again, or sign in another way.',
    ru: 'Ключ доступа не принят. Попробуйте снова или войдите другим способом.',
  },
  attempt_expired: {
    status: 401,
    oauth: 'invalid_grant',
    en: 'This sign-in has expired or was already completed. Sign in again.',
    ru: 'Время этого входа истекло, или он уже завершён. Войдите снова.',
  },
  step_up_required: {
    status: 401,
    oauth: 'insufficient_user_authentication',
    en: 'Confirm that it is you: this needs a recent proof. Use one of the listed methods.',
    ru: 'Подтвердите, что это вы: нужен недавний вход. Используйте один из указанных способов.',
  },
  wrong_password: {
    status: 403,
    oauth: 'access_denied',
    en: 'The current password is wrong. Check it and try again.',
    ru: 'Текущий пароль неверен. Проверьте его и попробуйте снова.',
  },
  invalid_token: {
    status: 401,
    oauth: 'invalid_grant',
    en: 'The token is not one of ours. Sign in again.',
    ru: 'Этот токен выдан не нами. Войдите снова.',
  },
  refresh_token_expired: {
    status: 401,
    oauth: 'invalid_grant',
    en: 'The session has expired. Sign in again.',
    ru: 'Срок сеанса истёк. Войдите снова.',
  },
  refresh_token_reused: {
    status: 401,
    oauth: 'invalid_grant',
    en: 'This refresh token was used before, so the session has been ended. Sign in again.',
    ru: 'Этот токен обновления уже использован, поэтому сеанс завершён. Войдите снова.',
  },
  refresh_token_revoked: {
    status: 401,
    oauth: 'invalid_grant',
    en: 'The session has been ended. Sign in again.',
    ru: 'Сеанс завершён. Войдите снова.',
  },
  forbidden: {
    status: 403,
    oauth: 'access_denied',
    en: 'You are signed in, but not allowed to do this. Ask an administrator for the role it needs.',
    ru: 'Вы вошли, но это действие вам не разрешено. Попросите у администратора нужную роль.',
  },
  address_not_allowed: {
    status: 403,
    oauth: 'access_denied',
    en: 'This is not for your address. Ask from the machine itself, or have your address listed.',
    ru: 'С вашего адреса это недоступно. Обратитесь с самой машины или внесите адрес в список.',
  },
  cross_site: {
    status: 403,
    oauth: 'access_denied',
    en: 'The call came from another site. Make it from this site, or have its origin listed.',
    ru: 'Запрос пришёл с другого сайта. Отправьте его с этого сайта или внесите его источник в список.',
  },
  not_found: {
    status: 404,
    oauth: 'invalid_request',
    en: 'There is nothing here, or it is not yours. Check the address.',
    ru: 'Здесь ничего нет, или это не ваше. Проверьте адрес.',
  },
  method_not_allowed: {
    status: 405,
    oauth: 'invalid_request',
    en: 'This address does not take that method. The Allow header names those it takes.',
    ru: 'Этот адрес не принимает такой метод. Допустимые названы в заголовке Allow.',
  },
  sign_up_closed: {
    status: 403,
    oauth: 'access_denied',
    en: 'Nobody can sign up here. Ask an administrator to make a user for you.',
    ru: 'Здесь нельзя зарегистрироваться. Попросите администратора завести вам пользователя.',
  },
  already_registered: {
    status: 409,
    oauth: 'invalid_request',
    en: 'This email is already registered. Sign in, or use another one.',
    ru: 'Эта почта уже зарегистрирована. Войдите или укажите другую.',
  },
  username_taken: {
    status: 409,
    oauth: 'invalid_request',
    en: 'This username is taken. Choose another one.',
    ru: 'Это имя пользователя занято. Выберите другое.',
  },
  last_admin: {
    status: 409,
    oauth: 'invalid_request',
    en: 'This is the last administrator. Make somebody else an administrator first.',
    ru: 'Это последний администратор. Сначала назначьте администратором кого-то ещё.',
  },
  last_sign_in_method: {
    status: 409,
    oauth: 'invalid_request',
    en: 'This is the last way to sign in to this account. Add another one first.',
    ru: 'Это последний способ войти в аккаунт. Сначала добавьте другой.',
  },
  too_many_passkeys: {
    status: 409,
    oauth: 'invalid_request',
    en: 'This account has 20 passkeys, the maximum. Remove one first.',
    ru: 'В аккаунте уже 20 ключей доступа, больше добавить нельзя. Сначала удалите один.',
  },
  role_exists: {
    status: 409,
    oauth: 'invalid_request',
    en: 'There is a role of this name already. Choose another name.',
    ru: 'Роль с таким именем уже есть. Выберите другое имя.',
  },
  role_in_use: {
    status: 409,
    oauth: 'invalid_request',
    en: 'Somebody holds this role. Take it from all who hold it first.',
    ru: 'Эта роль у кого-то есть. Сначала снимите её со всех.',
  },
  built_in_role: {
    status: 409,
    oauth: 'invalid_request',
    en: 'This role is built in and stays as it is. Make a role of your own instead.',
    ru: 'Это встроенная роль, она остаётся как есть. Создайте вместо неё свою.',
  },
  too_many_roles: {
    status: 409,
    oauth: 'invalid_request',
    en: 'This user has 32 roles, and that is the most. Take one away first.',
    ru: 'У этого пользователя 32 роли, больше нельзя. Сначала снимите одну.',
  },
  too_large: {
    status: 413,
    oauth: 'invalid_request',
    en: 'The body is larger than 64 KiB. Send less.',
    ru: 'Тело запроса больше 64 КиБ. Отправьте меньше.',
  },
  unsupported_media_type: {
    status: 415,
    oauth: 'invalid_request',
    en: 'The body is not JSON in UTF-8. Send it with "Content-Type: application/json".',
    ru: 'Тело запроса не JSON в UTF-8. Отправьте его с "Content-Type: application/json".',
  },
  not_a_form: {
    status: 415,
    oauth: 'invalid_request',
    en: 'The body is not a form. Send it with "Content-Type: application/x-www-form-urlencoded".',
    ru: 'Тело запроса не форма. Отправьте его с "Content-Type: application/x-www-form-urlencoded".',
  },
  encoded_body: {
    status: 415,
    oauth: 'invalid_request',
    en: 'The body is compressed or otherwise encoded. Send it as it is, without Content-Encoding.',
    ru: 'Тело запроса сжато или иначе закодировано. Отправьте его как есть, без Content-Encoding.',
  },
  too_many_requests: {
    status: 429,
    oauth: 'temporarily_unavailable',
    en: 'There were too many attempts. Wait as long as Retry-After says and try again.',
    ru: 'Слишком много попыток. Подождите, сколько указано в Retry-After, и попробуйте снова.',
  },
  internal: {
    status: 500,
    oauth: 'server_error',
    en: 'Something broke on our side. Try again; if it stays so, tell the operator the request id.',
    ru: 'На нашей стороне что-то сломалось. Попробуйте снова; если повторится, сообщите код запроса.',
  },
  busy: {
    status: 503,
    oauth: 'temporarily_unavailable',
    en: 'The server is busy checking passwords. Try again in a moment.',
    ru: 'Сервер занят проверкой паролей. Попробуйте через мгновение.',
  },
  unavailable: {
    status: 503,
    oauth: 'temporarily_unavailable',
    en: 'The server cannot answer this safely right now. Try again in a moment.',
    ru: 'Сервер сейчас не может надёжно ответить. Попробуйте через мгновение.',
  },
  draining: {
    status: 503,
    oauth: 'temporarily_unavailable',
    en: 'The server is shutting down. Try again: another one, or this one anew, answers soon.',
    ru: 'Сервер завершает работу. Повторите попытку: вскоре ответит другой или он же после запуска.',
  },
} as const satisfies Record<string, Row>

export type ErrorCode = keyof typeof errorCodes

/** What is wrong with one field of a body: an RFC 6901 pointer to it, a stable code, a sentence. */
export type FieldError = { readonly pointer: string; readonly code: FieldCode; readonly detail: string }

type Details = {
  readonly errors?: readonly FieldError[]
  readonly retryAfterSeconds?: number
  /** The methods that the address does take, for `405`. */
  readonly allow?: string
  /** What an operator wants to know of a server that is not ready. */
  readonly checks?: readonly { readonly name: string; readonly ok: boolean }[]
  /** How the caller may prove again who they are, for `step_up_required`. */
  readonly methods?: readonly string[]
  /** Whole `Set-Cookie` values, which take back what was refused. */
  readonly cookies?: readonly string[]
}

/** An expected no. A verb throws it; one function turns it into JSON, an OAuth error or a page. */
export class AppError extends Error {
  override name = 'AppError'
  readonly code: ErrorCode
  readonly details: Details

  constructor(code: ErrorCode, details: Details = {}) {
    super(code)
    this.code = code
    this.details = details
  }

  get status(): number {
    return errorCodes[this.code].status
  }
}
