import type { mailEn } from '#src/pages/messages/mail-en.ts'

export const mailRu: { readonly [Key in keyof typeof mailEn]: string } = {
  dev_mail_title: 'Почта сервера разработки',
  dev_mail_lead: 'Письма не отправляются: они видны здесь, пока сервер работает.',
  dev_mail_none: 'Писем пока нет. Создайте аккаунт или запросите новый пароль.',
}
