import type { Drafts, DraftValues } from '#src/mail/messages/message.ts'

const ignore = 'Если вы этого не запрашивали, не обращайте внимания на это письмо: ничего не изменится.'
const neverShare = 'Никому не сообщайте этот код. Мы никогда его не спрашиваем.'

export const ru: Drafts = {
  verify_email: ({ brand, email }) => ({
    subject: `Подтвердите почту для ${brand}`,
    lead: [`На адрес ${email} создан аккаунт ${brand}. Подтвердите, что это ваш адрес.`],
    button: 'Подтвердить почту',
    closing: [
      'Ссылка действует один раз, 24 часа.',
      'Если вы не создавали этот аккаунт, ничего не подтверждайте и не обращайте внимания на это письмо.',
    ],
  }),
  reset: ({ brand }) => ({
    subject: `Новый пароль для ${brand}`,
    lead: [`Кто-то запросил новый пароль для вашего аккаунта ${brand}.`],
    button: 'Задать новый пароль',
    closing: ['Ссылка и код действуют один раз, 30 минут.', ignore],
  }),
  sign_in: ({ brand, code }) => ({
    subject: `${code} — ваш код для ${brand}`,
    lead: [`Введите этот код, чтобы войти в ${brand}.`],
    button: 'Войти',
    closing: [
      'Код действует один раз, 10 минут. Ссылка работает в том браузере, где вы запросили код.',
      neverShare,
      ignore,
    ],
  }),
  second_factor: ({ brand, code }) => ({
    subject: `${code} — ваш код для ${brand}`,
    lead: [`Введите этот код, чтобы подтвердить, что в ${brand} входите вы.`],
    closing: [
      'Код действует один раз, 10 минут.',
      neverShare,
      'Если вы сейчас не входили, кто-то знает ваш пароль. Смените его.',
    ],
  }),
  change_email: ({ brand, code }) => ({
    subject: `${code} — код для новой почты в ${brand}`,
    lead: [`Введите этот код, чтобы привязать этот адрес к вашему аккаунту ${brand}.`],
    closing: ['Код действует один раз, 10 минут.', neverShare, ignore],
  }),
  address_taken: ({ brand }) => ({
    subject: `У вас уже есть аккаунт ${brand}`,
    lead: [
      `Кто-то, возможно вы, пытался создать аккаунт ${brand} с этим адресом. ` +
        'Но он уже привязан к вашему аккаунту.',
    ],
    button: 'Войти',
    closing: ['Если вы забыли пароль, там же можно задать новый.', 'Ничего не изменилось.'],
  }),
  email_changed: ({ brand, email, time }) => ({
    subject: `Почта вашего аккаунта ${brand} изменена`,
    lead: [`Теперь почта вашего аккаунта ${brand} — ${email}. Она изменена ${time}.`],
    button: 'Отменить изменение',
    closing: ['Если это были вы, делать ничего не нужно. Ссылка действует один раз, 7 дней.'],
  }),
  new_device: (values) => ({
    subject: `Новый вход в ${values.brand}`,
    lead: [`В ваш аккаунт ${values.brand} вошли с нового устройства.`, where(values)],
    button: 'Это не я',
    closing: ['Если это были вы, делать ничего не нужно.', signsOut],
  }),
  password_changed: (values) => ({
    subject: `Пароль для ${values.brand} изменён`,
    lead: [`Пароль вашего аккаунта ${values.brand} изменён.`, where(values)],
    button: 'Это не я',
    closing: ['Если это были вы, делать ничего не нужно.', signsOut],
  }),
  factor_added: (values) => ({
    subject: `Добавлен способ входа в ${values.brand}`,
    lead: [`К вашему аккаунту ${values.brand} добавлен способ входа: ${methodOf(values)}.`, where(values)],
    button: 'Это не я',
    closing: ['Если это были вы, делать ничего не нужно.', signsOut],
  }),
  factor_removed: (values) => ({
    subject: `Удалён способ входа в ${values.brand}`,
    lead: [`Из вашего аккаунта ${values.brand} удалён способ входа: ${methodOf(values)}.`, where(values)],
    button: 'Это не я',
    closing: ['Если это были вы, делать ничего не нужно.', signsOut],
  }),
  token_reused: (values) => ({
    subject: `Сеанс в ${values.brand} завершён`,
    lead: [
      `Один из ваших сеансов в ${values.brand} использовали сразу в двух местах: возможно, его украли. ` +
        'Мы его завершили.',
      where(values),
    ],
    button: 'Защитить аккаунт',
    closing: ['Вы можете просто войти снова. Если устройство вам незнакомо, защитите аккаунт.', signsOut],
  }),
  deletion_scheduled: ({ brand, time }) => ({
    subject: `Ваш аккаунт в ${brand} будет удалён`,
    lead: [
      `Вы попросили удалить аккаунт в ${brand}. На всех устройствах выполнен выход.`,
      `До ${time} его можно восстановить. После этого он будет удалён навсегда.`,
    ],
    button: 'Восстановить аккаунт',
    closing: ['Если вы об этом не просили, восстановите аккаунт и смените пароль.'],
  }),
  test: ({ brand }) => ({
    subject: `Почта ${brand} работает`,
    lead: [`Это проверка. ${brand} может отправлять письма на этот адрес.`],
    closing: ['Письмо отправлено командой `sigil mail test`.'],
  }),
}

const signsOut = 'В противном случае откройте ссылку: она завершит все сеансы и позволит задать новый пароль.'

function where({ device, address, time }: DraftValues): string {
  return [device, address && `IP-адрес ${address}`, time].filter(Boolean).join(' · ')
}

const methods: Readonly<Record<string, string>> = {
  totp: 'приложение для кодов',
  passkey: 'ключ доступа',
  recovery_code: 'резервные коды',
  email_code: 'коды по почте',
  upstream: 'аккаунт другого сервиса',
}

function methodOf({ method = '' }: DraftValues): string {
  return methods[method] ?? method
}
