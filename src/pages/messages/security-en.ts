/** The texts about two-step verification, trusted devices and recent proofs. */
export const securityEn = {
  security: 'Security',
  security_title: 'Security',

  password_hint: 'Changing it signs you out everywhere else.',

  mfa_title: 'Two-step verification',
  mfa_hint:
    'After the password, you are asked for a code from your phone. A stolen password is then not enough.',
  mfa_on: 'On',
  mfa_not_on: 'Off',
  mfa_not_offered: 'It cannot be set up here.',
  totp_add: 'Add authenticator app',
  totp_unnamed: 'Authenticator app',
  totp_added_on: 'added {day}',
  totp_remove: 'Remove',
  totp_title: 'Add authenticator app',
  totp_lead: 'Use any authenticator app, such as Google Authenticator, Aegis or 1Password.',
  totp_begin: 'Set up the app',
  totp_scan: 'Scan this code with the app. If you cannot scan it, type this key into the app:',
  totp_code: 'Code from the app',
  totp_code_hint: 'The six digits that the app shows now.',
  totp_confirm: 'Turn on',
  totp_remove_title: 'Remove the authenticator app?',
  totp_remove_lead:
    'Your password alone will be enough to sign in. Your recovery codes and trusted devices stop working. ' +
    'You stay signed in.',
  totp_remove_button: 'Remove the app',
  keep: 'Keep it',

  codes_title: 'Recovery codes',
  codes_left: '{left, plural, =0 {No codes are left.} one {# code is left.} other {# codes are left.}}',
  codes_hint: 'Use one to sign in when you do not have your phone. Each works once.',
  codes_renew: 'Create new codes',
  codes_renew_lead: 'You get ten new codes. The codes you have now stop working.',
  codes_shown_title: 'Save your recovery codes',
  codes_shown_lead:
    'Print them or keep them in a password manager. They are shown only now. Each of them signs you in ' +
    'once when you do not have your phone.',
  codes_done: 'I have saved them',

  devices_title: 'Trusted devices',
  devices_hint: 'For 30 days, these devices need only the password to sign in.',
  devices_none: 'None. To trust a device, tick the box when you enter a code at sign-in.',
  device_forget: 'Stop trusting',
  device_forget_of: 'Stop trusting {device}, trusted since {time}',
  trusted_until: 'trusted until',

  verify_title: 'Enter your code',
  verify_lead: 'Open your authenticator app and enter the six digits that it shows.',
  verify_recovery_title: 'Enter a recovery code',
  verify_recovery_lead: 'Enter one of the codes that you saved. Each works once.',
  recovery_code: 'Recovery code',
  verify_button: 'Continue',
  verify_other_totp: 'Use your authenticator app',
  verify_other_recovery_code: 'Use a recovery code',
  trust_device: 'Do not ask for a code on this device for 30 days',
  back_to_sign_in: 'Back to sign in',
  enroll_title: 'Set up two-step verification',
  enroll_lead:
    'Your account needs it before you can go on. You need an authenticator app on your phone, such as ' +
    'Google Authenticator or Aegis.',

  confirm_title: 'Confirm that it is you',
  confirm_lead: 'This is a sensitive change. Confirm your identity to continue.',
  confirm_button: 'Confirm',
  confirm_impossible: 'This account cannot confirm here. Sign out and sign in again.',

  flash_sign_in_expired: 'That sign-in has expired. Sign in again.',
  flash_totp_added: 'Two-step verification is on.',
  flash_totp_removed: 'The authenticator app was removed.',
  flash_device_forgotten: 'The device is no longer trusted.',
} as const
