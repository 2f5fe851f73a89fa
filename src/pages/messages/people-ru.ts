import type { peopleEn } from '#src/pages/messages/people-en.ts'

export const peopleRu: { readonly [Key in keyof typeof peopleEn]: string } = {
  error_page: 'Ошибка: {title}',
  site_links: 'О сервисе',
  site_privacy: 'Конфиденциальность',
  site_terms: 'Условия',
  site_help: 'Помощь',
  wrong_address: 'Вы открыли {opened}. Формы работают только по основному адресу:',
  opened_at: 'Вы открыли {origin}, а этот сервис работает по адресу {url}.',
  open_there: 'Открыть основной адрес',
  show: 'Показать',
  hide: 'Скрыть',
  caps_lock: 'Включён Caps Lock.',
  strength_short: 'Слишком короткий: нужно не меньше {min} символов.',
  strength_weak: 'Слабый: повторы и ряды клавиш легко угадать.',
  strength_fair: 'Средний. Чем длиннее, тем надёжнее.',
  strength_strong: 'Надёжный, если больше нигде не используется.',
  just_now: 'только что',
  or: 'или',
  last_used: 'В прошлый раз',
  flash_session_over: 'Вы вышли из аккаунта. Войдите, чтобы продолжить.',

  everywhere_title: 'Выйти на всех устройствах?',
  everywhere_keep: 'Остаться в аккаунте',
  everywhere_hint: 'Сразу завершает все сеансы и отзывает все токены, в том числе на этом устройстве.',

  all_devices: 'Все устройства',
  all_security: 'Настройки безопасности',
  safe: 'Аккаунт хорошо защищён.',
  advice_count:
    '{count, plural, one {# рекомендация} few {# рекомендации} ' +
    'many {# рекомендаций} other {# рекомендации}}',
  advice_verify_email: 'Почта не подтверждена: восстановить с ней доступ к аккаунту нельзя.',
  advice_add_second_factor: 'Аккаунт защищён только паролем.',
  advice_renew_codes: 'Осталось мало резервных кодов.',
  advice_check_failures:
    '{count, plural, one {# неудачная попытка} few {# неудачные попытки} many {# неудачных попыток} ' +
    'other {# неудачной попытки}} входа за неделю. Проверьте, ваши ли они.',
  do_verify_email: 'Подтвердить почту',
  do_add_second_factor: 'Добавить защиту',
  do_renew_codes: 'Получить новые коды',
  do_check_failures: 'Посмотреть попытки',
  password_changed_ago: 'Изменён {ago}',
  password_age_unknown: 'Задан',
  password_none: 'Не задан',
  failed_this_week: 'Неудачные входы за неделю',

  devices_page: 'Устройства',
  active: 'активность:',
  signed_in: 'вход:',
  show_more:
    '{count, plural, one {Показать ещё #} few {Показать ещё #} many {Показать ещё #} other {Показать ещё #}}',

  activity_filter: 'Показать',
  activity_all: 'Все',
  activity_failed: 'Только неудачные',
  activity_failed_none: 'За последний год неудачных входов не было.',
  times: '{count, plural, one {# раз} few {# раза} many {# раз} other {# раза}}',
  not_you: 'Среди них есть не ваши?',
  secure_title: 'Защитите аккаунт',
  secure_lead:
    'Если в аккаунт входил или пытался войти кто-то другой, сделайте это по порядку. Хватит двух минут.',
  secure_password: 'Смените пароль',
  secure_password_hint:
    'Выберите тот, что больше нигде не используете. На остальных устройствах сеансы завершатся.',
  secure_everywhere_hint: 'Завершит все сеансы, в том числе чужие.',
  secure_factor: 'Добавьте ключ доступа или двухэтапный вход',
  secure_factor_hint: 'Тогда одного пароля для входа будет недостаточно.',
  secure_devices: 'Проверьте устройства',
  secure_devices_hint: 'Завершите сеансы, которых не узнаёте.',

  data_page: 'Ваши данные',
  data_lead: 'Всё, что о вас хранится, принадлежит вам.',
  export_title: 'Скачать данные',
  export_hint: 'Профиль, сеансы, активность и события одним файлом JSON.',
  export_button: 'Скачать',
  delete_lead_later:
    '{days, plural, one {Аккаунт можно восстановить в течение # дня: достаточно войти.} ' +
    'other {Аккаунт можно восстановить в течение # дней: достаточно войти.}} ' +
    'После этого он будет удалён навсегда.',
  delete_effect_sessions: 'Вы сразу выйдете на всех устройствах и во всех приложениях.',
  delete_effect_data: 'Профиль, ключи доступа, сеансы и активность будут удалены.',
  delete_effect_kept:
    'В журнале аудита до года сохранятся записи о том, что аккаунт существовал и был удалён, без имени, ' +
    'почты и IP-адресов: по ним видно, что происходило в сервисе.',
  delete_export_first: 'Сначала скачать данные',
  delete_keep: 'Оставить аккаунт',
  flash_deletion_scheduled: 'Аккаунт будет удалён. Пока не поздно, его можно восстановить: просто войдите.',
  restore_title: 'Восстановить аккаунт?',
  restore_lead: 'Аккаунт {email} будет удалён {time}. До этого его можно восстановить и снова войти.',
  restore_button: 'Восстановить аккаунт',
  flash_restored: 'Аккаунт восстановлен. Войдите, чтобы продолжить.',
}
