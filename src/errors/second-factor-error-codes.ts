/** The error codes of passkeys, two-step verification and recent proofs, a part of `errorCodes`. */
export const secondFactorErrorCodes = {
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
  already_enrolled: {
    status: 409,
    oauth: 'invalid_request',
    en: 'It is set up already. Remove it first to set it up again.',
    ru: 'Это уже подключено. Чтобы подключить заново, сначала удалите.',
  },
  no_passkey: {
    status: 409,
    oauth: 'invalid_request',
    en: 'There is no passkey yet. Add one first.',
    ru: 'Ключа доступа ещё нет. Сначала добавьте его.',
  },
  no_second_factor: {
    status: 409,
    oauth: 'invalid_request',
    en: 'Two-step verification is off. Turn it on first.',
    ru: 'Двухэтапный вход выключен. Сначала включите его.',
  },
  mfa_off: {
    status: 403,
    oauth: 'access_denied',
    en: 'Two-step verification cannot be set up here. Ask an administrator to allow it.',
    ru: 'Двухэтапный вход здесь включить нельзя. Попросите администратора разрешить его.',
  },
  last_sign_in_method: {
    status: 409,
    oauth: 'invalid_request',
    en: 'This is the only way to sign in to the account. Add another one first, such as a password.',
    ru: 'Это единственный способ войти в аккаунт. Сначала добавьте другой, например пароль.',
  },
  too_many_passkeys: {
    status: 409,
    oauth: 'invalid_request',
    en: 'This account has 20 passkeys, the maximum. Remove one first.',
    ru: 'В аккаунте уже 20 ключей доступа, больше добавить нельзя. Сначала удалите один.',
  },
} as const
