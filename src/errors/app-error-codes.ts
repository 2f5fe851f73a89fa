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
} as const
