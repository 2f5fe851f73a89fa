import type { Language } from '#src/errors/error-codes.ts'
import { setLanguage } from '#src/users/email-owner.sql.ts'
import type { World } from '#src/world/world.ts'

/** Messages to a user are written in the language that the user chose last. */
export async function chooseLanguageOf(
  { db }: World,
  { userId, language }: { userId: string; language: Language },
): Promise<void> {
  await setLanguage(db.query, userId, language)
}
