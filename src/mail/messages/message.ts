import type { Language } from '#src/errors/error-codes.ts'

/** A message as mail programs show it. */
export type Message = { readonly subject: string; readonly text: string; readonly html: string }

/** What a message is about: each has a text in every language. */
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

/** What is filled in. Values that people chose are escaped in HTML and lose line breaks in subjects. */
export type MessageValues = {
  readonly code?: string
  /** A URL below the public one. */
  readonly link?: string
  /** The browser and its system, as the client named them. */
  readonly device?: string
  readonly address?: string
  /** The moment of what the message reports, in milliseconds. */
  readonly at?: number
  readonly email?: string
  readonly method?: string
}

/** A message that has yet to be written: what the outbox stores, sealed. */
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
