import { type Source, sourcesOf } from '#test/support/source.ts'

/** All documents for people. */
export function papers(): Source[] {
  return sourcesOf('*.md', '{docs,proofs,sdk,examples}/**/*.md')
}

export type Block = { readonly language: string; readonly text: string }

/** The fenced code blocks of a Markdown text, in order. */
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

/** The anchor that GitHub makes from a heading. */
export function slugOf(heading: string): string {
  return heading
    .replace(/^#+ /, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

/** The targets of links within this repository. */
export function linksOf(markdown: string): string[] {
  const targets = [...withoutBlocks(markdown).matchAll(/\]\(\s*([^)\s]+)\s*\)/g)].map(([, to = '']) => to)
  return targets.filter((target) => !/^[a-z]+:/.test(target))
}

/** The inline code that matches a pattern. */
export function wordsIn(markdown: string, look: RegExp): string[] {
  const quoted = [...withoutBlocks(markdown).matchAll(/`([^`\n]+)`/g)].map(([, word = '']) => word)
  return quoted.filter((word) => look.test(word))
}

/** Whether output is as printed: white space is ignored, and an ellipsis matches anything. */
export function matchesOutput(output: string, printed: string): boolean {
  const squeezed = (text: string) => text.replace(/\s+/g, '')
  const pieces = squeezed(printed)
    .split('…')
    .map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${pieces.join('.*?')}$`).test(squeezed(output))
}
