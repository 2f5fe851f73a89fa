import type { upstreamEn } from '#src/pages/messages/upstream-en.ts'

export const upstreamRu: { readonly [Key in keyof typeof upstreamEn]: string } = {
  continue_with: 'Войти через {provider}',

  connections: 'Подключённые аккаунты',
  connections_lead: 'Аккаунты других сервисов, через которые можно войти.',
  connections_manage: 'Управлять',
  connections_none: 'Подключённых аккаунтов пока нет.',
  connections_no_providers: 'На этом сервере вход через другие сервисы не настроен.',
  connection_linked_at: 'подключён',
  connection_used_at: 'последний вход',
  connection_never: 'входов не было',
  connect: 'Подключить {provider}',
  disconnect: 'Отключить',
  disconnect_of: 'Отключить {provider}, {label}',
  confirm_connection_title: 'Подключить {provider}?',
  confirm_connection_lead:
    'Через аккаунт {label} в {provider} можно будет входить в этот аккаунт ({email}). ' +
    'Подтвердите, только если он ваш.',
  confirm_connection: 'Подключить',

  flash_link_needed: 'Аккаунт с такой почтой уже есть. Войдите в него, чтобы подключить сервис.',
  flash_connected: 'Аккаунт подключён. Теперь через него можно входить.',
  flash_already_connected: 'Этот аккаунт уже был подключён.',
  flash_disconnected: 'Аккаунт отключён.',
}
