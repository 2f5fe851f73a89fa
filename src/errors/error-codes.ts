import { appErrorCodes } from '#src/errors/app-error-codes.ts'
import { mailErrorCodes } from '#src/errors/mail-error-codes.ts'
import { providerErrorCodes } from '#src/errors/provider-error-codes.ts'
import { secondFactorErrorCodes } from '#src/errors/second-factor-error-codes.ts'

/** The languages of pages and error messages. */
export type Language = 'en' | 'ru'

/** One sentence in every language. */
export type Localized = Readonly<Record<Language, string>>

type Row = Localized & {
  readonly status: 400 | 401 | 403 | 404 | 405 | 408 | 409 | 413 | 415 | 429 | 500 | 503
  /** The RFC 6749 error that OAuth endpoints return. */
  readonly oauth: string
}

/**
 * All error codes. A code is stable: clients branch on it. A message describes what happened, then what to
 * do.
 */
export const errorCodes = {
  invalid_request: {
    status: 400,
    oauth: 'invalid_request',
    en: 'The request is not valid. Correct the listed fields and send it again.',
    ru: 'Запрос составлен неверно. Исправьте указанные поля и отправьте его снова.',
  },
  not_signed_in: {
    status: 401,
    oauth: 'invalid_token',
    en: 'You are not signed in. Sign in and try again.',
    ru: 'Вы не вошли в аккаунт. Войдите и попробуйте снова.',
  },
  invalid_client: {
    status: 401,
    oauth: 'invalid_client',
    en: 'The client is unknown, or its secret or verifier key is wrong. Check both and send them again.',
    ru: 'Клиент неизвестен, либо его секрет или ключ верификатора неверен. Проверьте и отправьте снова.',
  },
  wrong_credentials: {
    status: 401,
    oauth: 'invalid_grant',
    en: 'The login or the password is wrong. Check both and try again.',
    ru: 'Неверный логин или пароль. Проверьте их и попробуйте снова.',
  },
  wrong_password: {
    status: 403,
    oauth: 'access_denied',
    en: 'The current password is wrong. Check it and try again.',
    ru: 'Текущий пароль неверен. Проверьте его и попробуйте снова.',
  },
  too_many_attempts: {
    status: 429,
    oauth: 'temporarily_unavailable',
    en: 'Too many attempts. Wait as long as Retry-After says, or use a browser you signed in with before.',
    ru: 'Слишком много попыток. Подождите, сколько указано в Retry-After, или войдите из своего браузера.',
  },
  ...secondFactorErrorCodes,
  ...mailErrorCodes,
  invalid_token: {
    status: 401,
    oauth: 'invalid_grant',
    en: 'The token is not valid. Sign in again.',
    ru: 'Токен недействителен. Войдите снова.',
  },
  refresh_token_expired: {
    status: 401,
    oauth: 'invalid_grant',
    en: 'The session has expired. Sign in again.',
    ru: 'Срок действия сеанса истёк. Войдите снова.',
  },
  refresh_token_reused: {
    status: 401,
    oauth: 'invalid_grant',
    en: 'This refresh token was already used, so its session was ended. Sign in again.',
    ru: 'Этот токен обновления уже использован, поэтому сеанс завершён. Войдите снова.',
  },
  refresh_token_revoked: {
    status: 401,
    oauth: 'invalid_grant',
    en: 'The session has ended. Sign in again.',
    ru: 'Сеанс завершён. Войдите снова.',
  },
  forbidden: {
    status: 403,
    oauth: 'access_denied',
    en: 'You do not have permission to do this. Ask an administrator for the required role.',
    ru: 'У вас нет прав на это действие. Попросите администратора выдать нужную роль.',
  },
  address_not_allowed: {
    status: 403,
    oauth: 'access_denied',
    en:
      'Your IP address is not allowed. Call from the server itself or add the address to ' +
      'SIGIL_METRICS_ALLOW.',
    ru: 'Ваш IP-адрес не разрешён. Обратитесь с самого сервера или добавьте адрес в SIGIL_METRICS_ALLOW.',
  },
  cross_site: {
    status: 403,
    oauth: 'access_denied',
    en:
      'The request came from another site. Open this site at its public URL; operators: check ' +
      'SIGIL_PUBLIC_URL and SIGIL_CORS_ORIGINS.',
    ru:
      'Запрос пришёл с другого сайта. Откройте этот сайт по его основному адресу; ' +
      'администратору: проверьте SIGIL_PUBLIC_URL и SIGIL_CORS_ORIGINS.',
  },
  not_found: {
    status: 404,
    oauth: 'invalid_request',
    en: 'Not found. It may have been moved or deleted, or you may not have access to it; check the URL.',
    ru:
      'Ничего не найдено. Возможно, адрес изменился, данные удалены или у вас нет доступа; ' +
      'проверьте адрес.',
  },
  method_not_allowed: {
    status: 405,
    oauth: 'invalid_request',
    en: 'This URL does not support that method. Use one of those in the Allow header.',
    ru: 'Этот адрес не поддерживает такой метод. Используйте один из методов в заголовке Allow.',
  },
  ...appErrorCodes,
  sign_up_closed: {
    status: 403,
    oauth: 'access_denied',
    en: 'Sign-up is closed. Ask an administrator for an account.',
    ru: 'Регистрация закрыта. Попросите администратора создать вам аккаунт.',
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
    en: 'This is the last administrator. Make someone else an administrator first.',
    ru: 'Это последний администратор. Сначала назначьте администратором кого-то ещё.',
  },
  ...providerErrorCodes,
  role_exists: {
    status: 409,
    oauth: 'invalid_request',
    en: 'A role with this name already exists. Choose another name.',
    ru: 'Роль с таким названием уже есть. Выберите другое.',
  },
  role_in_use: {
    status: 409,
    oauth: 'invalid_request',
    en: 'Some users have this role. Remove it from them first.',
    ru: 'Эта роль есть у пользователей. Сначала отзовите её у них.',
  },
  built_in_role: {
    status: 409,
    oauth: 'invalid_request',
    en: 'This is a built-in role and cannot be changed. Create a role of your own instead.',
    ru: 'Это встроенная роль, изменить её нельзя. Создайте вместо неё свою.',
  },
  too_many_roles: {
    status: 409,
    oauth: 'invalid_request',
    en: 'A user has at most 32 roles, with 1,024 characters in their names in all. Remove one first.',
    ru: 'У пользователя может быть до 32 ролей, до 1024 символов в названиях. Сначала отзовите одну из них.',
  },
  body_timeout: {
    status: 408,
    oauth: 'invalid_request',
    en: 'The request body did not arrive within 10 seconds. Send the request again.',
    ru: 'Тело запроса не пришло за 10 секунд. Отправьте запрос ещё раз.',
  },
  too_large: {
    status: 413,
    oauth: 'invalid_request',
    en: 'The request body is too large for this call. Send less.',
    ru: 'Тело запроса слишком большое для этого вызова. Отправьте меньше данных.',
  },
  unsupported_media_type: {
    status: 415,
    oauth: 'invalid_request',
    en: 'The request body is not JSON in UTF-8. Send JSON with "Content-Type: application/json".',
    ru: 'Тело запроса — не JSON в UTF-8. Отправьте JSON с заголовком «Content-Type: application/json».',
  },
  not_a_form: {
    status: 415,
    oauth: 'invalid_request',
    en: 'The request body is not a form. Send it with "Content-Type: application/x-www-form-urlencoded".',
    ru:
      'Тело запроса — не форма. Отправьте форму с заголовком «Content-Type: ' +
      'application/x-www-form-urlencoded».',
  },
  encoded_body: {
    status: 415,
    oauth: 'invalid_request',
    en: 'The request body is compressed or encoded. Send it as is, without Content-Encoding.',
    ru: 'Тело запроса сжато или закодировано. Отправьте его как есть, без Content-Encoding.',
  },
  too_many_bodies: {
    status: 429,
    oauth: 'temporarily_unavailable',
    en: 'Too many unfinished requests come from your network. Wait a few seconds, then try again.',
    ru: 'Слишком много незавершённых запросов из вашей сети. Подождите несколько секунд и попробуйте снова.',
  },
  too_many_requests: {
    status: 429,
    oauth: 'temporarily_unavailable',
    en: 'Too many attempts. Wait as long as Retry-After says, then try again.',
    ru: 'Слишком много попыток. Подождите столько, сколько указано в Retry-After, и попробуйте снова.',
  },
  internal: {
    status: 500,
    oauth: 'server_error',
    en:
      'Something went wrong on the server. Try again; if it happens again, send the request id ' +
      'to the operator.',
    ru:
      'На сервере произошла ошибка. Попробуйте снова; если она повторится, сообщите код ' +
      'запроса администратору.',
  },
  busy: {
    status: 503,
    oauth: 'temporarily_unavailable',
    en: 'The server is busy checking passwords. Try again in a moment.',
    ru: 'Сервер занят проверкой паролей. Попробуйте снова чуть позже.',
  },
  unavailable: {
    status: 503,
    oauth: 'temporarily_unavailable',
    en: 'The server cannot answer safely right now. Try again in a moment.',
    ru: 'Сервер сейчас не может надёжно ответить. Попробуйте снова чуть позже.',
  },
  draining: {
    status: 503,
    oauth: 'temporarily_unavailable',
    en: 'The server is shutting down. Retry in a moment.',
    ru: 'Сервер завершает работу. Повторите попытку чуть позже.',
  },
} as const satisfies Record<string, Row>

export type ErrorCode = keyof typeof errorCodes
