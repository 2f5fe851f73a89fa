/** Comes after every text: no text of either database has this character. */
export const lastText = '\u{10ffff}'
