import type { Source } from '#test/support/source.ts'

/** Phrases that plain technical English does not use, each with what to write instead. */
const phrases: readonly (readonly [RegExp, string])[] = [
  [
    /(?<!\b[Tt]here )(?<!\bhere )\b(?:is|are|was|were) no (?!longer\b|more\b|less\b|better\b|worse\b)[a-z]+/,
    '"is not a …"',
  ],
  [/\bwhat is no\b/i, '"what is not a …"'],
  [/\b[Ww]ho(?:so)?ever\b/, 'name the person or the program'],
  [/\bworth nothing\b/, '"stops working" or "is revoked"'],
  [/\banew\b/, '"again"'],
  [/\bin vain\b/, '"for nothing", or say what fails'],
  [/\bbut for\b/, '"except"'],
  [/\b(?:every|a|the) no\b(?!-| longer| more)/, '"error"'],
  [/\bnoes\b/, '"errors"'],
  [/\b[Rr]efusals?\b/, '"error"'],
  [/\bdead keys?\b/i, '"revoked id"'],
  [/\b(?:tells|hears|says) (?:of|that|who)\b/, '"reports", "receives", "returns"'],
  [/\bfor good\b(?! reasons?\b)/, '"permanently"'],
  [/\bby turns\b/, '"alternately"'],
  [/\b(?:goes|went|going) on\b/, '"continues"'],
  [/\blearns? (?:of|that|about)\b/, '"receives" or "detects"'],
  [/\bknows? (?:of|nothing)\b/, '"receives", "has" or "does not depend on"'],
  [/\btokens? (?:die|dies|died)\b/, '"is revoked"'],
  [/\b(?:can|cannot|could) tell\b(?! apart)/, '"can decide" or "detect"'],
  [/\bone an? line\b/, '"one per line"'],
  [/\b(?:leads?|led) back\b/, '"redirects back"'],
  [/\b(?:Create a user|Your user|Delete your user)\b/, '"account"'],
  [/(?:^|[.:] |\* |\/\/ |['"`])Who(?:ever)? [a-z]+ [^?]*\.(?:$|['"`])/, 'a concrete subject'],
]

/** Reports each line with such a phrase and what to write instead. */
export function oddPhrasesIn({ path, text }: Source): string[] {
  return text.split('\n').flatMap((line, index) => {
    const found = phrases.find(([pattern]) => pattern.test(line))
    return found ? [`${path}:${index + 1} ${found[1]}: ${line.trim().slice(0, 100)}`] : []
  })
}
