import { appsEn } from '#src/pages/messages/apps-en.ts'
import { mailEn } from '#src/pages/messages/mail-en.ts'
import { securityEn } from '#src/pages/messages/security-en.ts'
import { upstreamEn } from '#src/pages/messages/upstream-en.ts'

/** The texts of our pages as ICU messages. The message of an error is in the table of error codes. */
export const en = {
  ...appsEn,
  skip: 'Skip to content',
  language: 'Language',
  pages: 'Pages',
  sign_out: 'Sign out',
  sign_in: 'Sign in',
  optional: 'optional',
  utc: 'UTC',

  sign_in_title: 'Sign in',
  sign_in_lead: 'Use your email or username.',
  login: 'Email or username',
  password: 'Password',
  new_here: 'New here?',
  create_account: 'Create account',

  sign_up_title: 'Create your account',
  sign_up_lead: 'One account for every app that signs in here.',
  email: 'Email',
  new_password: 'New password',
  new_password_hint: 'At least 10 characters. A few unrelated words make a good password.',
  repeat_password: 'Repeat password',
  username: 'Username',
  username_hint: '2 to 64 letters, digits, dots, dashes or underscores.',
  full_name: 'Full name',
  have_account: 'Already have an account?',

  account: 'Overview',
  history: 'Activity',
  profile: 'Profile',
  password_page: 'Password',

  account_title: 'Your account',
  email_verified: 'verified',
  email_unverified: 'not verified',
  roles: 'Roles',
  member_since: 'Member since',
  not_set: 'not set',
  edit_profile: 'Edit profile',
  change_password: 'Change password',

  sessions: 'Where you are signed in',
  sessions_lead:
    '{count, plural, one {# active session.} ' +
    'other {# active sessions. Sign out any that you do not recognize.}}',
  sessions_many:
    'More than {count} active sessions; these are the newest. ' +
    'Sign out any that you do not recognize, or all.',
  device: 'Device',
  ip_address: 'IP address',
  signed_in_at: 'Signed in',
  last_used_at: 'Last active',
  this_device: 'This device',
  action: 'Action',
  end_session: 'Sign out',
  end_session_of: 'Sign out {device}, signed in {time}',
  end_others: 'Sign out all other sessions',
  sign_out_everywhere: 'Sign out everywhere',
  everywhere_lead: 'Signing out everywhere includes this device: all sessions and tokens end at once.',
  unknown_device: 'Unknown browser',
  device_on: '{browser} on {system}',

  recent: 'Recent activity',
  whole_history: 'All activity',
  history_title: 'Sign-in activity',
  history_lead: 'Sign-ins to your account, including failed attempts up to the limit. Kept for a year.',
  history_none: 'No sign-ins yet.',
  when: 'Time',
  outcome: 'Result',
  outcome_signed_in: 'Signed in',
  outcome_wrong_credentials: 'Wrong password',
  outcome_wrong_code: 'Blocked: wrong code',
  outcome_limited: 'Blocked: too many attempts',
  outcome_abandoned: 'Not completed: second factor missing',
  outcome_disabled: 'Blocked: account disabled',
  older: 'Older',
  newest: 'Newest',
  pages_of_history: 'Pages of activity',

  profile_title: 'Edit profile',
  profile_lead: 'Both are optional.',
  save: 'Save',

  password_title: 'Change password',
  password_lead: 'You stay signed in here. All other devices are signed out.',
  current_password: 'Current password',
  repeat_new_password: 'Repeat new password',

  delete_title: 'Delete account',
  delete_lead:
    'Your profile, sessions and history are deleted immediately and cannot be recovered. ' +
    'Enter your password to confirm.',
  delete_link: 'Delete account',
  delete_hint: 'Permanently deletes your profile, sessions and history.',
  delete_button: 'Delete permanently',
  cancel: 'Cancel',

  flash_signed_up: 'Your account was created. Sign in to continue.',
  flash_signed_out: 'You are signed out.',
  flash_signed_out_everywhere: 'You are signed out everywhere. All earlier tokens are revoked.',
  flash_deleted: 'Your account was deleted.',
  flash_session_ended: 'The session was signed out.',
  flash_others_ended: 'All other sessions were signed out.',
  flash_password_changed: 'Your password was changed, and all other sessions were signed out.',
  flash_profile_changed: 'Your profile was saved.',

  check_fields: 'Check the highlighted fields.',
  field_missing: 'Fill in this field.',
  field_too_short: 'Too short. Use at least 10 characters.',
  field_too_long: 'Too long. Use at most 1024 characters.',
  field_full_name_too_long: 'Too long. Use at most 200 characters.',

  wait: 'Try again in {seconds, plural, one {# second} other {# seconds}}.',
  request_id: 'Request id',
  about_this_error: 'About this error',
  home: 'Home',

  errors_title: 'Errors',
  errors_lead: 'Every error has a stable code. Branch on the code, not on the text.',
  error_code: 'Code',
  error_status: 'Status',
  error_happened: 'What happened',
  error_to_do: 'What to do',
  error_oauth: 'OAuth error',
  error_example: 'Example response',
  all_errors: 'All errors',

  docs_title: 'API reference',
  docs_lead: 'All endpoints. Read-only ones can be tried here with your current session.',
  docs_openapi: 'OpenAPI document',
  docs_sign_in: 'Sign in to try them',
  docs_any_method: 'any method',
  docs_authentication: 'Authentication',
  docs_no_authentication: 'None',
  docs_errors: 'Errors',
  docs_body: 'Request body',
  docs_response: 'Response',
  docs_try: 'Try it',
  docs_send: 'Send',
  docs_types: 'Types',

  ...securityEn,
  ...mailEn,
  ...upstreamEn,
} as const

export type MessageKey = keyof typeof en

/** A language has every message of English, or the types fail. */
export type Messages = { readonly [Key in MessageKey]: string }
