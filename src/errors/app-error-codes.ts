/** The error codes about apps and APIs, in the form of `error-codes.ts`. */
export const appErrorCodes = {
  api_exists: {
    status: 409,
    oauth: 'invalid_request',
    en: 'An API with this name or audience exists. Choose another one.',
    ru: 'API с таким именем или аудиторией уже есть. Выберите другие.',
  },
  api_in_use: {
    status: 409,
    oauth: 'invalid_request',
    en: 'Apps use this API. Remove it from them first.',
    ru: 'Этот API используют приложения. Сначала уберите его из них.',
  },
  app_without_secret: {
    status: 409,
    oauth: 'invalid_request',
    en: 'Apps of this kind have no client secret. Use PKCE, which protects them instead.',
    ru: 'У приложений этого вида нет секрета. Используйте PKCE: он защищает их вместо секрета.',
  },
  invalid_registration_token: {
    status: 401,
    oauth: 'invalid_token',
    en: 'The registration token is missing, used up or expired. Ask the operator for one.',
    ru: 'Токена регистрации нет, либо он использован или истёк. Попросите его у оператора.',
  },
  invalid_client_metadata: {
    status: 400,
    oauth: 'invalid_client_metadata',
    en: 'The client metadata is not valid, or asks for something that is not supported.',
    ru: 'Метаданные клиента неверны или требуют того, что не поддерживается.',
  },
  invalid_redirect_uri: {
    status: 400,
    oauth: 'invalid_redirect_uri',
    en: 'A redirect URI is not allowed. Use https, or http on a loopback address.',
    ru: 'Адрес возврата недопустим. Используйте https или http на loopback.',
  },
  unknown_app_host: {
    status: 404,
    oauth: 'invalid_request',
    en: 'No app has this host, or its proxy is unknown. Register the host, and set SIGIL_TRUSTED_PROXIES.',
    ru: 'У приложений нет такого хоста, или прокси неизвестен. Добавьте хост и SIGIL_TRUSTED_PROXIES.',
  },
  managed_by_file: {
    status: 409,
    oauth: 'invalid_request',
    en: 'The file of apps describes this and alone changes it. Edit the file, and run `sigil apps apply`.',
    ru: 'Это описано в файле приложений и меняется только там. Измените файл и выполните `sigil apps apply`.',
  },
  invalid_grant: {
    status: 400,
    oauth: 'invalid_grant',
    en: 'The code or the refresh token is not valid, or it was used before. Start a new sign-in.',
    ru: 'Код или токен обновления недействителен или уже использован. Начните вход заново.',
  },
  invalid_scope: {
    status: 400,
    oauth: 'invalid_scope',
    en: 'The app may not have this scope, or it was not granted. Ask for another one.',
    ru: 'Эта область доступа приложению не разрешена или не выдана. Запросите другую.',
  },
  invalid_target: {
    status: 400,
    oauth: 'invalid_target',
    en: 'The app may not use this API, or it was not granted. Name another one as `resource`.',
    ru: 'Этот API приложению не разрешён или не выдан. Укажите другой в `resource`.',
  },
  unsupported_grant_type: {
    status: 400,
    oauth: 'unsupported_grant_type',
    en: 'The grant type is not supported. Use one that the metadata lists.',
    ru: 'Этот тип запроса токена не поддерживается. Используйте один из перечисленных в метаданных.',
  },
  unsupported_token_type: {
    status: 400,
    oauth: 'unsupported_token_type',
    en: 'A token of a machine cannot be revoked on its own. Remove the app, or let the token expire.',
    ru: 'Токен машины нельзя отозвать отдельно. Удалите приложение или дождитесь окончания срока.',
  },
  invalid_app_request: {
    status: 400,
    oauth: 'invalid_request',
    en: 'The app sent a request that is not valid, or it has expired. Go back to the app and start again.',
    ru: 'Приложение отправило неверный или устаревший запрос. Вернитесь в приложение и начните снова.',
  },
} as const
