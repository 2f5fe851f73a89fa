import { type Source, sourcesOf } from '#test/support/source.ts'

/** What is written for people. */
export function papers(): Source[] {
  return sourcesOf('*.md', '{docs,proofs,sdk,examples}/**/*.md')
}

export type Block = { readonly language: string; readonly text: string }

/** The fenced blocks of a text in Markdown, in order. */
export function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language = '', text = '']) => ({
    language,
    text,
  }))
}

function withoutBlocks(markdown: string): string {
  return markdown.replace(/^```[\s\S]*?^```$/gm, '')
}

export function headingsOf(markdown: string): string[] {
  return withoutBlocks(markdown).match(/^#{1,6} .+$/gm) ?? []
}

/** As GitHub makes an anchor of a heading. */
export function slugOf(heading: string): string {
  return heading
    .replace(/^#+ /, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

/** Where links lead that stay in this repository. */
export function linksOf(markdown: string): string[] {
  const targets = [...withoutBlocks(markdown).matchAll(/\]\(\s*([^)\s]+)\s*\)/g)].map(([, to = '']) => to)
  return targets.filter((target) => !/^[a-z]+:/.test(target))
}

/** The words in code quotes that look like this. */
export function wordsIn(markdown: string, look: RegExp): string[] {
  const quoted = [...withoutBlocks(markdown).matchAll(/`([^`\n]+)`/g)].map(([, word = '']) => word)
  return quoted.filter((word) => look.test(word))
}

/** Whether an output is what was printed: white space does not count, and an ellipsis stands for anything. */
export function matchesOutput(output: string, printed: string): boolean {
  const squeezed = (text: string) => text.replace(/\s+/g, '')
  const pieces = squeezed(printed)
    .split('…')
    .map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${pieces.join('.*?')}$`).test(squeezed(output))
}
