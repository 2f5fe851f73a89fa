/** The error codes of emails and of help with passwords, a part of `errorCodes`. */
export const mailErrorCodes = {
  invalid_link: {
    status: 401,
    oauth: 'invalid_grant',
    en: 'This link has expired or was already used. Request a new one.',
    ru: 'Ссылка устарела или уже использована. Запросите новую.',
  },
  email_not_verified: {
    status: 403,
    oauth: 'access_denied',
    en: 'Your email is not confirmed yet. Use the code or the link in the email that was just sent to it.',
    ru: 'Почта ещё не подтверждена. Используйте код или ссылку из письма, которое пришло на неё.',
  },
  account_locked: {
    status: 403,
    oauth: 'access_denied',
    en: 'Too many wrong passwords in a row: the account is locked. Ask an administrator to unlock it.',
    ru: 'Слишком много неверных паролей подряд: аккаунт заблокирован. Обратитесь к администратору.',
  },
  account_being_deleted: {
    status: 403,
    oauth: 'access_denied',
    en: 'This account is being deleted. Restore it to sign in again.',
    ru: 'Этот аккаунт удаляется. Восстановите его, чтобы войти.',
  },
  no_mail: {
    status: 403,
    oauth: 'access_denied',
    en: 'This server cannot send mail. Ask an administrator for help.',
    ru: 'Этот сервер не отправляет почту. Обратитесь к администратору.',
  },
} as const
