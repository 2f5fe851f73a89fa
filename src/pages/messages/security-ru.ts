import type { securityEn } from '#src/pages/messages/security-en.ts'

export const securityRu: { readonly [Key in keyof typeof securityEn]: string } = {
  security: 'Безопасность',
  security_title: 'Безопасность',

  password_hint: 'После смены пароля вы выйдете на всех остальных устройствах.',
  password_not_set: 'Пароля нет. Его можно задать по ссылке из письма.',
  password_set_by_mail: 'Задать пароль',

  mfa_title: 'Двухэтапный вход',
  mfa_hint: 'После пароля нужно второе подтверждение. Украденного пароля будет недостаточно для входа.',
  mfa_on: 'Включён',
  mfa_not_on: 'Выключен',
  mfa_not_offered: 'Здесь его включить нельзя.',
  totp_add: 'Подключить приложение для кодов',
  factor_name_totp: 'Приложение для кодов',
  totp_added_on: 'подключено {day}',
  totp_remove: 'Удалить',
  totp_title: 'Подключение приложения для кодов',
  totp_lead: 'Подойдёт любое: Яндекс Ключ, Google Authenticator, Aegis или 1Password.',
  totp_begin: 'Начать',
  totp_scan: 'Отсканируйте код в приложении. Если не получается, введите в приложении этот ключ:',
  totp_code: 'Код из приложения',
  totp_code_hint: 'Шесть цифр, которые приложение показывает сейчас.',
  totp_confirm: 'Включить',
  factor_remove_title_totp: 'Удалить приложение для кодов?',
  factor_remove_button_totp: 'Удалить приложение',
  factor_name_passkey: 'Ключ доступа после пароля',
  passkey_factor_add: 'Спрашивать ключ доступа',
  factor_remove_title_passkey: 'Больше не спрашивать ключ доступа?',
  factor_remove_button_passkey: 'Не спрашивать',
  factor_name_email_code: 'Код по почте',
  email_codes_add: 'Получать коды по почте',
  email_codes_title: 'Коды по почте',
  email_codes_lead:
    'После пароля вы введёте код, который придёт на вашу почту. Приложение для кодов или ключ доступа ' +
    'надёжнее: они помогут, даже если вашу почту читает кто-то другой.',
  factor_remove_title_email_code: 'Больше не присылать коды по почте?',
  factor_remove_button_email_code: 'Не присылать',
  factor_remove_of: 'Удалить: {factor}',
  factor_remove_lead: 'При входе понадобится другое второе подтверждение. Из аккаунта вы не выйдете.',
  last_factor_remove_lead:
    'Для входа будет достаточно одного пароля. Резервные коды перестанут действовать, а доверие ' +
    'к устройствам будет отозвано. Из аккаунта вы не выйдете.',
  keep: 'Оставить',

  codes_title: 'Резервные коды',
  codes_download: 'Скачать',
  codes_left:
    '{left, plural, =0 {Кодов не осталось.} one {Остался # код.} few {Осталось # кода.} ' +
    'other {Осталось # кодов.}}',
  codes_hint: 'Нужны для входа, когда телефона нет под рукой. Каждый действует один раз.',
  codes_renew: 'Получить новые коды',
  codes_renew_lead: 'Вы получите десять новых кодов. Нынешние коды перестанут действовать.',
  codes_shown_title: 'Сохраните резервные коды',
  codes_shown_lead:
    'Распечатайте их или сохраните в менеджере паролей: больше они показаны не будут. С каждым можно один ' +
    'раз войти, если телефона нет под рукой.',
  codes_done: 'Коды сохранены',

  devices_title: 'Доверенные устройства',
  devices_hint: 'На них в течение 30 дней спрашивается только пароль.',
  devices_none:
    'Доверенных устройств нет. Чтобы доверять устройству, поставьте галочку, когда вводите код при входе.',
  device_forget: 'Не доверять',
  device_forget_of: 'Не доверять устройству {device}, доверенному с {time}',
  trusted_until: 'доверено до',

  verify_title: 'Введите код',
  verify_lead: 'Откройте приложение для кодов и введите шесть цифр, которые оно показывает.',
  verify_recovery_title: 'Введите резервный код',
  verify_recovery_lead: 'Введите один из сохранённых кодов. Каждый действует один раз.',
  recovery_code: 'Резервный код',
  verify_button: 'Продолжить',
  factor_use_totp: 'Ввести код из приложения',
  factor_use_recovery_code: 'Ввести резервный код',
  factor_use_passkey: 'Использовать ключ доступа',
  factor_use_email_code: 'Получить код по почте',
  factor_use_password: 'Ввести пароль',
  verify_passkey_lead: 'Чтобы продолжить, используйте один из ваших ключей доступа.',
  verify_password_lead: 'Письмо вы открыли. Теперь введите пароль.',
  trust_device: 'Не спрашивать код на этом устройстве 30 дней',
  back_to_sign_in: 'Вернуться ко входу',
  enroll_title: 'Включите двухэтапный вход',
  enroll_lead:
    'Без него в этот аккаунт войти нельзя. Понадобится приложение для кодов на телефоне, например Яндекс ' +
    'Ключ или Google Authenticator.',

  confirm_title: 'Подтвердите, что это вы',
  confirm_lead: 'Это важное изменение. Подтвердите, что это вы, чтобы продолжить.',
  confirm_lead_for_app: 'Приложение, в которое вы входите, просит подтвердить, что вы — {email}.',
  confirm_button: 'Подтвердить',
  confirm_email_code_lead: 'Мы отправим код на вашу почту.',
  confirm_impossible: 'Здесь подтвердить вход нельзя. Выйдите и войдите снова.',

  flash_sign_in_expired: 'Время этого входа истекло. Войдите снова.',
  flash_totp_added: 'Двухэтапный вход включён.',
  flash_totp_removed: 'Приложение для кодов удалено.',
  flash_factor_added: 'Понадобится со следующего входа.',
  flash_factor_removed: 'Больше не понадобится при входе.',
  flash_device_forgotten: 'Доверие к устройству отозвано.',
}
