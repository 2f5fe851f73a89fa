/** The error codes of signing in with identity providers, and of connections to them. */
export const providerErrorCodes = {
  provider_failed: {
    status: 400,
    oauth: 'access_denied',
    en: 'The identity provider did not answer as expected. Try again in a moment, or sign in another way.',
    ru: 'Сервис входа ответил не так, как ожидалось. Попробуйте снова чуть позже или войдите иначе.',
  },
  provider_refused: {
    status: 403,
    oauth: 'access_denied',
    en: 'This account cannot sign in. Ask an administrator.',
    ru: 'Войти в этот аккаунт нельзя. Обратитесь к администратору.',
  },
  provider_denied: {
    status: 400,
    oauth: 'access_denied',
    en: 'The sign-in was cancelled at the identity provider. Try again, or sign in another way.',
    ru: 'Вход отменён на стороне сервиса входа. Попробуйте снова или войдите другим способом.',
  },
  provider_expired: {
    status: 400,
    oauth: 'invalid_request',
    en: 'This visit to the identity provider has expired or belongs to another browser. Start again.',
    ru: 'Этот переход к сервису входа устарел или начат в другом браузере. Начните сначала.',
  },
  provider_email_unverified: {
    status: 403,
    oauth: 'access_denied',
    en:
      'The identity provider does not confirm your email. Create an account with a password, then ' +
      'connect the provider in its settings.',
    ru:
      'Сервис входа не подтверждает вашу почту. Создайте аккаунт с паролем, а затем подключите ' +
      'сервис в его настройках.',
  },
  connected_elsewhere: {
    status: 409,
    oauth: 'invalid_request',
    en: 'This identity is connected to another account. Disconnect it there first.',
    ru: 'Этот вход подключён к другому аккаунту. Сначала отключите его там.',
  },
  too_many_connections: {
    status: 409,
    oauth: 'invalid_request',
    en: 'This account already has 20 connections, the maximum. Disconnect one first.',
    ru: 'У этого аккаунта уже 20 подключений, это максимум. Сначала отключите одно из них.',
  },
} as const
