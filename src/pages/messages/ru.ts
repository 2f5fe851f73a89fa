import { appsRu } from '#src/pages/messages/apps-ru.ts'
import type { Messages } from '#src/pages/messages/en.ts'
import { mailRu } from '#src/pages/messages/mail-ru.ts'
import { securityRu } from '#src/pages/messages/security-ru.ts'
import { upstreamRu } from '#src/pages/messages/upstream-ru.ts'

export const ru: Messages = {
  ...appsRu,
  skip: 'Перейти к содержанию',
  language: 'Язык',
  pages: 'Страницы',
  sign_out: 'Выйти',
  sign_in: 'Войти',
  optional: 'необязательно',
  utc: 'UTC',

  sign_in_title: 'Вход',
  sign_in_lead: 'Укажите почту или имя пользователя.',
  login: 'Почта или имя пользователя',
  password: 'Пароль',
  new_here: 'Ещё нет аккаунта?',
  create_account: 'Создать аккаунт',

  sign_up_title: 'Создайте аккаунт',
  sign_up_lead: 'Один аккаунт для всех приложений.',
  email: 'Почта',
  new_password: 'Новый пароль',
  new_password_hint: 'Не меньше 10 символов. Хорошо подойдут несколько не связанных между собой слов.',
  repeat_password: 'Пароль ещё раз',
  username: 'Имя пользователя',
  username_hint: 'От 2 до 64 букв, цифр, точек, дефисов или подчёркиваний.',
  full_name: 'Полное имя',
  have_account: 'Уже есть аккаунт?',

  account: 'Обзор',
  history: 'Активность',
  profile: 'Профиль',
  password_page: 'Пароль',

  account_title: 'Ваш аккаунт',
  email_verified: 'подтверждена',
  email_unverified: 'не подтверждена',
  roles: 'Роли',
  member_since: 'Дата регистрации',
  not_set: 'не указано',
  edit_profile: 'Изменить профиль',
  change_password: 'Сменить пароль',

  sessions: 'Активные сеансы',
  sessions_lead:
    '{count, plural, =1 {1 активный сеанс.} ' +
    'one {# активный сеанс. Завершите сеансы, которых не узнаёте.} ' +
    'few {# активных сеанса. Завершите сеансы, которых не узнаёте.} ' +
    'other {# активных сеансов. Завершите сеансы, которых не узнаёте.}}',
  sessions_many:
    'Активных сеансов больше {count}, здесь самые новые. Завершите сеансы, которых не узнаёте, или все.',
  device: 'Устройство',
  ip_address: 'IP-адрес',
  signed_in_at: 'Вход',
  last_used_at: 'Последняя активность',
  this_device: 'Это устройство',
  action: 'Действие',
  end_session: 'Завершить',
  end_session_of: 'Завершить сеанс: {device}, вход {time}',
  end_others: 'Завершить все остальные сеансы',
  sign_out_everywhere: 'Выйти на всех устройствах',
  everywhere_lead: 'Включая это устройство: все сеансы и токены сразу перестанут действовать.',
  unknown_device: 'Неизвестный браузер',
  device_on: '{browser}, {system}',

  recent: 'Недавняя активность',
  whole_history: 'Вся активность',
  history_title: 'История входов',
  history_lead: 'Входы в ваш аккаунт, включая неудачные попытки в пределах лимита. Хранятся год.',
  history_none: 'Входов пока не было.',
  when: 'Время',
  outcome: 'Результат',
  outcome_signed_in: 'Вход выполнен',
  outcome_wrong_credentials: 'Неверный пароль',
  outcome_wrong_code: 'Отклонён: неверный код',
  outcome_limited: 'Отклонён: слишком много попыток',
  outcome_abandoned: 'Не завершён: нет второго фактора',
  outcome_disabled: 'Заблокирован: аккаунт отключён',
  older: 'Раньше',
  newest: 'Последние',
  pages_of_history: 'Страницы истории входов',

  profile_title: 'Изменить профиль',
  profile_lead: 'Оба поля необязательны.',
  save: 'Сохранить',

  password_title: 'Смена пароля',
  password_lead: 'Здесь вы останетесь в аккаунте. На всех остальных устройствах сеансы завершатся.',
  current_password: 'Текущий пароль',
  repeat_new_password: 'Новый пароль ещё раз',

  delete_title: 'Удаление аккаунта',
  delete_lead:
    'Профиль, сеансы и история будут сразу удалены, восстановить их нельзя. ' +
    'Чтобы подтвердить удаление, введите пароль.',
  delete_link: 'Удалить аккаунт',
  delete_hint: 'Профиль, сеансы и история будут удалены навсегда.',
  delete_button: 'Удалить навсегда',
  cancel: 'Отмена',

  flash_signed_up: 'Аккаунт создан. Войдите, чтобы продолжить.',
  flash_signed_out: 'Вы вышли из аккаунта.',
  flash_signed_out_everywhere: 'Вы вышли на всех устройствах. Все прежние токены отозваны.',
  flash_deleted: 'Аккаунт удалён.',
  flash_session_ended: 'Сеанс завершён.',
  flash_others_ended: 'Все остальные сеансы завершены.',
  flash_password_changed: 'Пароль изменён, все остальные сеансы завершены.',
  flash_profile_changed: 'Профиль сохранён.',

  check_fields: 'Проверьте выделенные поля.',
  field_missing: 'Заполните это поле.',
  field_too_short: 'Слишком коротко. Нужно не меньше 10 символов.',
  field_too_long: 'Слишком длинно. Можно не больше 1024 символов.',
  field_full_name_too_long: 'Слишком длинно. Можно не больше 200 символов.',

  wait:
    'Попробуйте снова через ' +
    '{seconds, plural, one {# секунду} few {# секунды} many {# секунд} other {# секунды}}.',
  request_id: 'Код запроса',
  about_this_error: 'Об этой ошибке',
  home: 'На главную',

  errors_title: 'Ошибки',
  errors_lead: 'У каждой ошибки есть постоянный код. Опирайтесь на код, а не на текст.',
  error_code: 'Код',
  error_status: 'Статус',
  error_happened: 'Что произошло',
  error_to_do: 'Что делать',
  error_oauth: 'Ошибка OAuth',
  error_example: 'Пример ответа',
  all_errors: 'Все ошибки',

  docs_title: 'Справочник API',
  docs_lead: 'Все методы API. Те, что только читают данные, можно попробовать здесь в текущем сеансе.',
  docs_openapi: 'Документ OpenAPI',
  docs_sign_in: 'Войти, чтобы попробовать',
  docs_any_method: 'любой метод',
  docs_authentication: 'Аутентификация',
  docs_no_authentication: 'Не нужна',
  docs_errors: 'Ошибки',
  docs_body: 'Тело запроса',
  docs_response: 'Ответ',
  docs_try: 'Попробовать',
  docs_send: 'Отправить',
  docs_types: 'Типы',

  ...securityRu,
  ...mailRu,
  ...upstreamRu,
}
