/** The texts of the pages that emails lead to. */
export const mailEn = {
  dev_mail_title: 'Mail of this development server',
  dev_mail_lead: 'Mail is not sent: it is shown here until the server stops.',
  dev_mail_none: 'No mail yet. Create an account, or ask for a new password.',

  forgot_link: 'Forgot your password?',
  code_link: 'Sign in with a code by email',
  forgot_title: 'Forgot your password?',
  forgot_lead: 'Enter your email address. We will send you a link to set a new password.',
  forgot_no_mail: 'This server sends no mail. An administrator can give you a link that sets a new password.',
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
  new_password_title: 'Choose a password of your own',
  new_password_lead: 'An administrator set your password. Replace it to go on.',
  set_password: 'Set password',
  code: 'Code',
  code_hint: 'Six digits from the email.',

  verify_email_title: 'Confirm your email',
  verify_email_lead: 'We sent an email to your address. Enter the code in it, or open its link.',
  verify_email_confirm: 'Confirm that you created an account with this address.',
  verify_email_button: 'Confirm email',

  code_title: 'Sign in with a code',
  code_lead: 'Enter your email. We send a code that signs you in.',
  code_enter_title: 'Enter the code',
  code_enter_lead: 'If there is an account with this address, an email with a code is on its way.',
  verify_by_mail_title: 'Confirm that it is you',
  verify_by_mail_lead: 'Your password alone is not enough. Have a code sent to your email, and enter it.',
  link_title: 'Sign in',
  link_lead: 'Go on to sign in in this browser.',
  link_elsewhere_title: 'Your code',
  link_elsewhere_lead: 'You asked for this in another browser. Enter the code there to sign in.',

  undo_title: 'Undo the change of your email',
  undo_lead: 'Your account gets this address back, every device is signed out, and you set a new password.',
  undo_button: 'Undo and secure my account',
  not_me_title: 'Secure your account',
  not_me_lead: 'Every device is signed out, this one included, and you set a new password.',
  not_me_button: 'Sign out everywhere',

  email_title: 'Change email',
  email_lead: 'We send a code to the new address. All other devices are signed out once you enter it.',
  email_confirm_title: 'Confirm the new email',
  email_confirm_lead: 'Enter the code from the email to the new address.',
  new_email: 'New email',
  change_email: 'Change email',

  flash_email_verified: 'Your email is confirmed.',
  flash_password_reset: 'Your password was set. Sign in with it.',
  flash_email_changed: 'Your email was changed, and all other sessions were signed out.',
  flash_message_sent: 'An email is on its way.',
} as const
