import type { consolePeopleEn } from '#src/pages/messages/console-people-en.ts'

export const consolePeopleRu: { readonly [Key in keyof typeof consolePeopleEn]: string } = {
  search_parts: 'Искать также как часть имени и почты',
  blocked_title: 'Этот пользователь не может войти',
  blocked_disabled: 'Аккаунт отключён. Включить его можно внизу этой страницы.',
  blocked_deleting: 'Аккаунт удаляется. Владелец может восстановить его, войдя в него.',
  blocked_password:
    'Пароль заблокирован после 100 неверных попыток подряд. Снимите блокировку внизу этой страницы или ' +
    'дождитесь, пока пользователь подтвердит вход вторым фактором или кодом из письма.',
  blocked_unverified: 'Почта не подтверждена, а без этого войти нельзя (SIGIL_EMAIL_VERIFICATION).',
  blocked_no_way:
    'Нет ни пароля, ни ключа доступа, ни привязанного аккаунта. Создайте ниже ссылку для пароля.',
  sessions_page: 'Сеансы',
  search_sessions: 'Почта, имя или IP-адрес',
  started_any: 'За всё время',
  started_1h: 'За час',
  started_24h: 'За 24 часа',
  started_7d: 'За 7 дней',
  no_session_matches: 'Активных сеансов не найдено. Измените запрос или уберите фильтр.',
  this_session: 'Этот сеанс',
  choose: 'Выбор',
  choose_all: 'Выбрать все строки страницы',
  choose_named: 'Выбрать: {name}',
  end_chosen: 'Завершить выбранные',
  end_matching: 'Завершить все найденные',
  end_sessions_title:
    '{count, plural, one {Завершить # сеанс?} few {Завершить # сеанса?} other {Завершить # сеансов?}}',
  end_sessions_subject: '{count, plural, one {Завершится этот сеанс:} other {Завершатся эти сеансы:}}',
  end_sessions_button:
    '{count, plural, one {Завершить # сеанс} few {Завершить # сеанса} other {Завершить # сеансов}}',
  effect_sessions_listed:
    'Эти сеансы завершатся сейчас, их токены будут отозваны везде. Другие сеансы останутся.',
  effect_own_session_stays: 'Ваш собственный сеанс останется.',
  effect_first_chosen: 'Это {count} самых новых. Для остальных повторите действие.',

  chosen_users: 'Выбранные:',
  bulk_sign_out: 'Завершить сеансы',
  bulk_disable: 'Отключить',
  bulk_enable: 'Включить',
  bulk_delete: 'Удалить',
  bulk_sign_out_title: 'Завершить все сеансы {count, plural, one {# пользователя} other {# пользователей}}?',
  bulk_disable_title:
    '{count, plural, one {Отключить # аккаунт?} few {Отключить # аккаунта?} other {Отключить # ' +
    'аккаунтов?}}',
  bulk_enable_title:
    '{count, plural, one {Включить # аккаунт?} few {Включить # аккаунта?} other {Включить # аккаунтов?}}',
  bulk_delete_title:
    '{count, plural, one {Удалить # аккаунт?} few {Удалить # аккаунта?} other {Удалить # аккаунтов?}}',
  bulk_subject: '{count, plural, one {Этот пользователь:} other {Эти пользователи:}}',
  bulk_sign_out_button: 'Завершить сеансы: {count}',
  bulk_disable_button: 'Отключить аккаунты: {count}',
  bulk_enable_button: 'Включить аккаунты: {count}',
  bulk_delete_button: 'Удалить аккаунты: {count}',
  effect_all_sessions_end: 'Все сеансы этих пользователей завершатся сейчас, на всех устройствах.',
  effect_all_tokens_revoked: 'Все их токены будут отозваны везде прежде, чем откроется следующая страница.',
  effect_all_can_sign_in: 'Они смогут сразу войти снова.',
  effect_all_cannot_sign_in: 'Они не смогут войти, пока аккаунты не включат. Данные не удаляются.',
  effect_all_enabled: 'Эти пользователи снова смогут войти.',
  effect_ended_stay_ended: 'Завершённые сеансы не восстановятся.',
  effect_all_data_deleted: 'Их профили, пароли, сеансы и история входов будут удалены.',
  effect_own_account_stays: 'Ваш собственный аккаунт останется без изменений.',
  effect_last_admin_stays: 'Последний активный администратор останется.',

  will_be_deleted: 'Будет удалён',
  failed_passwords: 'Неверных паролей подряд',
  ways_to_sign_in: 'Способы входа',
  is_set: 'Задан',
  password_must_change: 'Нужно сменить при следующем входе.',
  passkey: 'Ключ доступа',
  totp_app: 'Приложение для кодов',
  recovery_codes_left:
    '{count, plural, one {остался # резервный код} few {осталось # резервных кода} ' +
    'other {осталось # резервных кодов}}',
  added: 'Добавлено',
  never_used: 'не использовалось',
  device_trusted_until: 'доверие до',
  devices_trusted: 'Доверенные устройства',
  trusted_devices_hint: 'На этих устройствах второй фактор не спрашивается.',
  remove_named: 'Удалить: {name}',
  no_connected_apps: 'Ни одно приложение не действует от имени пользователя.',
  reset_link: 'Ссылка для нового пароля',
  reset_link_hint: 'Для пользователя, который забыл пароль и не получает писем. Действует один раз, час.',
  create_link: 'Создать ссылку',
  reset_link_title: 'Создать ссылку для нового пароля?',
  reset_link_made: 'Ссылка для {email}',
  effect_link_once:
    'Ссылка действует один раз, в течение часа. Она показывается один раз, на следующей странице.',
  effect_link_who:
    'Пароль может задать любой, у кого есть ссылка. Передайте её лично или по надёжному каналу.',
  effect_link_sessions: 'Пока ссылкой не воспользуются, ничего не изменится. Затем завершатся все сеансы.',
  unlock: 'Разблокировать',
  unlock_user: 'Разблокировать пароль',
  unlock_user_hint: 'После ста неверных паролей подряд одного пароля для входа недостаточно.',
  remove_factor_title: 'Удалить этот второй фактор?',
  effect_factor_gone: 'При входе он больше не спрашивается. Если он обязателен, его настроят заново.',
  effect_codes_gone: 'С последним вторым фактором удаляются резервные коды и доверенные устройства.',
  remove_passkey_title: 'Удалить этот ключ доступа?',
  effect_passkey_gone: 'С этим ключом больше нельзя войти. Другие способы входа останутся.',
  effect_last_method_stays: 'Последний способ входа удалить нельзя.',
  remove_connection_title: 'Отключить этого провайдера?',
  effect_connection_gone: 'С учётной записью у провайдера больше нельзя войти в этот аккаунт.',
  forget_device_title: 'Больше не доверять этому устройству?',
  effect_device_asked: 'При следующем входе на этом устройстве спросят второй фактор.',
  disconnect_app_title: 'Отключить это приложение от пользователя?',
  effect_app_tokens_of_user:
    'Все токены приложения для этого пользователя будут отозваны везде прежде, чем откроется следующая ' +
    'страница.',
  effect_app_again: 'Пользователь сможет войти в приложение снова; если нужно согласие, его запросят снова.',

  flash_sessions_ended:
    '{count, plural, =0 {Активных сеансов уже не было.} one {Завершён # сеанс.} ' +
    'few {Завершено # сеанса.} other {Завершено # сеансов.}}',
  flash_users_disabled:
    '{count, plural, one {Отключён # аккаунт.} few {Отключено # аккаунта.} other {Отключено # аккаунтов.}}',
  flash_users_enabled:
    '{count, plural, one {Включён # аккаунт.} few {Включено # аккаунта.} other {Включено # аккаунтов.}}',
  flash_users_signed_out:
    'Завершены все сеансы {count, plural, one {# пользователя} other {# пользователей}}.',
  flash_users_deleted:
    '{count, plural, one {Удалён # аккаунт.} few {Удалено # аккаунта.} other {Удалено # аккаунтов.}}',
  flash_user_unlocked: 'Пароль снова действует.',
  flash_connection_removed: 'Провайдер отключён.',
  flash_app_disconnected_from_user: 'Приложение отключено от пользователя.',
}
