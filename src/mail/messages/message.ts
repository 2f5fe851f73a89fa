import type { Language } from '#src/errors/error-codes.ts'

/** A message as mail programs show it. */
export type Message = { readonly subject: string; readonly text: string; readonly html: string }

/** The kinds of messages: each has a text in every language. */
export type MessageKind =
  | 'verify_email'
  | 'reset'
  | 'sign_in'
  | 'second_factor'
  | 'change_email'
  | 'address_taken'
  | 'email_changed'
  | 'new_device'
  | 'password_changed'
  | 'factor_added'
  | 'factor_removed'
  | 'token_reused'
  | 'deletion_scheduled'
  | 'test'

/** The values of a message. Text chosen by users is escaped in HTML and loses line breaks in subjects. */
export type MessageValues = {
  readonly code?: string
  /** A URL below the public one. */
  readonly link?: string
  /** The browser and its operating system, as the client reported them. */
  readonly device?: string
  readonly address?: string
  /** The time of the reported event, in milliseconds. */
  readonly at?: number
  readonly email?: string
  readonly method?: string
}

/** A message that is not written yet, as the outbox stores it, sealed. */
export type MessageOrder = {
  readonly to: string
  readonly kind: MessageKind
  readonly language: Language
  readonly values: MessageValues
}

/** The sentences of one message, in the order in which they are read. */
export type Draft = {
  readonly subject: string
  /** Before the code and the button. */
  readonly lead: readonly string[]
  /** The label of the button that opens the link. */
  readonly button?: string
  /** After them. */
  readonly closing: readonly string[]
}

export type DraftValues = Omit<MessageValues, 'at'> & { readonly brand: string; readonly time: string }

export type Drafts = { readonly [Kind in MessageKind]: (values: DraftValues) => Draft }
