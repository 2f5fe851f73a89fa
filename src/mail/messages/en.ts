import type { Drafts, DraftValues } from '#src/mail/messages/message.ts'

const ignore = 'If you did not ask for this, you can ignore this email: nothing changes.'
const neverShare = 'Do not give this code to anyone. We never ask for it.'

export const en: Drafts = {
  verify_email: ({ brand, email }) => ({
    subject: `Confirm your email for ${brand}`,
    lead: [`An account was created at ${brand} with the address ${email}. Confirm that it is yours.`],
    button: 'Confirm email',
    closing: [
      'The link works once, for 24 hours.',
      'If you did not create this account, do not confirm it and ignore this email.',
    ],
  }),
  reset: ({ brand }) => ({
    subject: `Set a new password for ${brand}`,
    lead: [`Someone requested a new password for your account at ${brand}.`],
    button: 'Set a new password',
    closing: ['The link and the code work once, for 30 minutes.', ignore],
  }),
  sign_in: ({ brand, code }) => ({
    subject: `${code} is your code for ${brand}`,
    lead: [`Use this code to sign in to ${brand}.`],
    button: 'Sign in',
    closing: [
      'The code works once, for 10 minutes. The link works only in the browser where you requested it.',
      neverShare,
      ignore,
    ],
  }),
  second_factor: ({ brand, code }) => ({
    subject: `${code} is your code for ${brand}`,
    lead: [`Use this code to confirm that it is you at ${brand}.`],
    closing: [
      'The code works once, for 10 minutes.',
      neverShare,
      'If you did not just try to sign in, someone else knows your password. Change it.',
    ],
  }),
  change_email: ({ brand, code }) => ({
    subject: `${code} confirms your new email for ${brand}`,
    lead: [`Use this code to make this address the email of your account at ${brand}.`],
    closing: ['The code works once, for 10 minutes.', neverShare, ignore],
  }),
  address_taken: ({ brand }) => ({
    subject: `You already have an account at ${brand}`,
    lead: [
      `Someone, perhaps you, tried to create an account at ${brand} with this address. ` +
        'It already belongs to your account.',
    ],
    button: 'Sign in',
    closing: ['If you forgot your password, you can set a new one there.', 'Nothing was changed.'],
  }),
  email_changed: ({ brand, email, time }) => ({
    subject: `Your email at ${brand} was changed`,
    lead: [`The email of your account at ${brand} is now ${email}. It was changed on ${time}.`],
    button: 'Undo this change',
    closing: ['If this was you, you do not need to do anything. The link works once, for 7 days.'],
  }),
  new_device: (values) => ({
    subject: `New sign-in to ${values.brand}`,
    lead: [`Your account at ${values.brand} was signed in to from a new device.`, where(values)],
    button: 'This was not me',
    closing: ['If this was you, you do not need to do anything.', signsOut],
  }),
  password_changed: (values) => ({
    subject: `Your password for ${values.brand} was changed`,
    lead: [`The password of your account at ${values.brand} was changed.`, where(values)],
    button: 'This was not me',
    closing: ['If this was you, you do not need to do anything.', signsOut],
  }),
  factor_added: (values) => ({
    subject: `A sign-in method was added at ${values.brand}`,
    lead: [
      `A sign-in method was added to your account at ${values.brand}: ${methodOf(values)}.`,
      where(values),
    ],
    button: 'This was not me',
    closing: ['If this was you, you do not need to do anything.', signsOut],
  }),
  factor_removed: (values) => ({
    subject: `A sign-in method was removed at ${values.brand}`,
    lead: [
      `A sign-in method was removed from your account at ${values.brand}: ${methodOf(values)}.`,
      where(values),
    ],
    button: 'This was not me',
    closing: ['If this was you, you do not need to do anything.', signsOut],
  }),
  token_reused: (values) => ({
    subject: `A session at ${values.brand} was ended`,
    lead: [
      `One of your sessions at ${values.brand} was used in two places, as if stolen. We ended it.`,
      where(values),
    ],
    button: 'Secure my account',
    closing: ['You can simply sign in again. If you do not know the device, secure your account.', signsOut],
  }),
  deletion_scheduled: ({ brand, time }) => ({
    subject: `Your account at ${brand} will be deleted`,
    lead: [
      `You asked to delete your account at ${brand}. It is signed out everywhere.`,
      `You can restore it until ${time}. After that it is permanently deleted.`,
    ],
    button: 'Restore account',
    closing: ['If you did not ask for this, restore your account and change your password.'],
  }),
  test: ({ brand }) => ({
    subject: `Mail from ${brand} works`,
    lead: [`This is a test. ${brand} can send mail to this address.`],
    closing: ['It was sent with `sigil mail test`.'],
  }),
}

const signsOut = 'Otherwise use the link: it signs out every device and lets you set a new password.'

function where({ device, address, time }: DraftValues): string {
  return [device, address && `IP address ${address}`, time].filter(Boolean).join(' · ')
}

const methods: Readonly<Record<string, string>> = {
  totp: 'an authenticator app',
  passkey: 'a passkey',
  recovery_code: 'recovery codes',
  email_code: 'codes by email',
  upstream: 'an account of another service',
}

function methodOf({ method = '' }: DraftValues): string {
  return methods[method] ?? method
}
