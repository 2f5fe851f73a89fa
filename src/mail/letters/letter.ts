import type { Language } from '#src/errors/error-codes.ts'

/** A letter as mail programs show it. */
export type Letter = { readonly subject: string; readonly text: string; readonly html: string }

/** What a letter is about: each has a text in every language. */
export type LetterKind =
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
export type LetterValues = {
  readonly code?: string
  /** A URL below the public one. */
  readonly link?: string
  /** The browser and its system, as the client named them. */
  readonly device?: string
  readonly address?: string
  /** The moment of what the letter reports, in milliseconds. */
  readonly at?: number
  readonly email?: string
  readonly method?: string
}

/** A letter that has yet to be written: what the outbox stores, sealed. */
export type LetterOrder = {
  readonly to: string
  readonly kind: LetterKind
  readonly language: Language
  readonly values: LetterValues
}

/** The sentences of one letter, in the order in which they are read. */
export type Draft = {
  readonly subject: string
  /** Before the code and the button. */
  readonly lead: readonly string[]
  /** The label of the button that opens the link. */
  readonly button?: string
  /** After them. */
  readonly closing: readonly string[]
}

export type DraftValues = Omit<LetterValues, 'at'> & { readonly brand: string; readonly time: string }

export type Drafts = { readonly [Kind in LetterKind]: (values: DraftValues) => Draft }
