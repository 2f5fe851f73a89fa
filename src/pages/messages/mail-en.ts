/** The texts of the pages that letters lead to. */
export const mailEn = {
  dev_mail_title: 'Mail of this development server',
  dev_mail_lead: 'Mail is not sent: it is shown here until the server stops.',
  dev_mail_none: 'No mail yet. Create an account, or ask for a new password.',
} as const
