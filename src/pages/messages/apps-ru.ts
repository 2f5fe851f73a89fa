import type { appsEn } from '#src/pages/messages/apps-en.ts'

export const appsRu: { readonly [Key in keyof typeof appsEn]: string } = {
  apps_page: 'Приложения',
  apps_title: 'Подключённые приложения',
  apps_lead:
    'Эти приложения могут действовать от вашего имени. Удалите приложение, и его доступ сразу прекратится.',
  apps_none: 'Подключённых приложений нет. Здесь появятся приложения, в которые вы входите с этим аккаунтом.',
  apps_access: 'Доступ',
  apps_since: 'подключено',
  apps_last_used: 'последний раз',
  apps_remove: 'Удалить',
  apps_remove_one: 'Удалить {app}',
  flash_app_disconnected: 'Приложение удалено, его доступ прекращён.',

  consent_title: 'Разрешить доступ «{app}»?',
  consent_lead: '{app} запрашивает доступ к вашему аккаунту {email}.',
  consent_allows: 'Приложение сможет:',
  consent_returns: 'Вы вернётесь на {host}.',
  consent_unknown: 'Оператор сервиса не проверял это приложение. Продолжайте, только если доверяете {host}.',
  consent_unsure:
    'Назваться этим приложением может любая программа. Продолжайте, только если запустили его сами.',
  consent_allow: 'Разрешить',
  consent_refuse: 'Отмена',
  app_privacy: 'Политика конфиденциальности приложения',
  app_terms: 'Условия приложения',
  scope_openid: 'Узнать, кто вы',
  scope_profile: 'Видеть ваше имя и имя пользователя',
  scope_email: 'Видеть адрес вашей почты',
  scope_roles: 'Видеть ваши роли',
  scope_offline_access: 'Сохранять доступ после вашего выхода, пока вы не удалите приложение',

  account_choice_title: 'Выберите аккаунт',
  account_choice_lead: 'Приложение {app} спрашивает, какой аккаунт использовать.',
  account_choice_keep: 'Продолжить как {email}',
  other_account: 'Войти в другой аккаунт',

  device_title: 'Подключение устройства',
  device_lead: 'Введите код, который показывает ваше устройство.',
  device_code: 'Код',
  device_continue: 'Продолжить',
  device_wrong: 'Код неверен или устарел. Проверьте его на устройстве или запросите там новый.',
  device_confirm_title: 'Подключить «{app}»?',
  device_confirm_lead: 'Устройство с приложением {app} запрашивает доступ к вашему аккаунту {email}.',
  device_compare: 'Продолжайте, только если вы начали это сами и устройство показывает этот код.',
  device_allowed_title: 'Устройство подключено',
  device_allowed_lead: 'Вернитесь к устройству: оно продолжит работу само.',
  device_refused_title: 'Устройство не подключено',
  device_refused_lead: 'Устройство не получит доступа к вашему аккаунту. Эту страницу можно закрыть.',

  continue_title: 'Возвращаемся в приложение',
  continue_lead: 'Сейчас вы вернётесь в приложение.',
  continue_link: 'Продолжить',

  host_failed_title: 'Не удалось войти на {host}',
  host_failed_lead: 'После входа приложение не узнало ваш браузер. Попробуйте ещё раз.',
  host_failed_operator:
    'Если ошибка повторяется, разрешите в браузере cookie для {host} или обратитесь к его оператору.',
  host_again: 'Попробовать ещё раз',
  host_factor_title: 'Нужен двухэтапный вход',
  host_factor_lead: 'Для этого раздела {host} нужен двухэтапный вход. Включите его.',
  host_factor_set_up: 'Включить',

  logout_title: 'Выйти из аккаунта?',
  logout_lead: 'Приложение просит завершить ваш сеанс на этом устройстве.',
  logout_stay: 'Остаться',
}
