/** The texts of the pages that emails lead to. */
export const mailEn = {
  dev_mail_title: 'Mail of this development server',
  dev_mail_lead: 'Mail is not sent: it is shown here until the server stops.',
  dev_mail_none: 'No mail yet. Create an account, or ask for a new password.',

  forgot_link: 'Forgot your password?',
  code_link: 'Sign in with a code by email',
  forgot_title: 'Forgot your password?',
  forgot_lead: 'Enter your email address. We will send you a link to set a new password.',
  forgot_no_mail: 'This server cannot send mail. Ask an administrator for a link to set a new password.',
  forgot_ask: 'Ask {contact}.',
  send_message: 'Send email',
  send_code: 'Send code',
  send_again: 'Send another email',
  back_to_sign_in: 'Back to sign-in',

  reset_title: 'Set a new password',
  reset_lead_link: 'All devices are signed out. Second factors stay.',
  reset_lead_code:
    'If there is an account with this address, an email is on its way. ' +
    'Enter the code from it, or open its link.',
  new_password_title: 'Choose your own password',
  new_password_lead: 'An administrator set your password. Choose a new one to continue.',
  set_password: 'Set password',
  code: 'Code',
  code_hint: 'The six digits in the email.',

  verify_email_title: 'Confirm your email',
  verify_email_lead: 'We sent an email to your address. Enter the code in it, or open its link.',
  verify_email_confirm: 'Confirm that you created an account with this address.',
  verify_email_button: 'Confirm email',

  code_title: 'Sign in with a code',
  code_lead: 'Enter your email. We will send you a sign-in code.',
  code_enter_title: 'Enter the code',
  code_enter_lead: 'If there is an account with this address, an email with a code is on its way.',
  verify_by_mail_title: 'Confirm that it is you',
  verify_by_mail_lead: 'Your password alone is not enough. Request a code by email and enter it.',
  link_title: 'Sign in',
  link_lead: 'Continue to sign in with this browser.',
  link_elsewhere_title: 'Your code',
  link_elsewhere_lead: 'You requested this in another browser. Enter the code there to sign in.',

  undo_title: 'Undo the change of your email',
  undo_lead:
    'Your account gets this address back, all devices are signed out, and you choose a new password.',
  undo_button: 'Undo and secure my account',
  not_me_title: 'Secure your account',
  not_me_lead: 'All devices are signed out, including this one, and you choose a new password.',
  not_me_button: 'Sign out everywhere',

  email_title: 'Change email',
  email_lead: 'We will send a code to the new address. Once you enter it, all other devices are signed out.',
  email_confirm_title: 'Confirm the new email',
  email_confirm_lead: 'Enter the code that we sent to the new address.',
  new_email: 'New email',
  change_email: 'Change email',

  flash_email_verified: 'Your email is confirmed.',
  flash_password_reset: 'Your new password was saved. Sign in with it.',
  flash_email_changed: 'Your email was changed, and all other sessions were signed out.',
  flash_message_sent: 'An email is on its way.',
} as const
