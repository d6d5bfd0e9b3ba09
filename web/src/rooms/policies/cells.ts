/**
 * What a cell says, in a form that can be picked or typed, and back into the expression that is
 * kept. Every reader gives null for what it cannot show faithfully: that stays an expression.
 */
const QUOTED = /^"([^"]*)"$/
const COMPARED = /^(>=|<=|>|<|==|=)?\s*(-?\d+(?:\.\d+)?)$/

export type Sign = '>' | '>=' | '<' | '<=' | '='
export const SIGNS: readonly Sign[] = ['>', '>=', '<', '<=', '=']

/** The words of a list such as `"yes","unknown"`; none for an empty cell. */
export function wordsIn(cell: string): string[] | null {
  const text = cell.trim()
  if (text === '') return []
  const words = []
  for (const part of text.split(',')) {
    const found = QUOTED.exec(part.trim())
    if (!found) return null
    words.push(found[1] ?? '')
  }
  return words
}

export const wordsCell = (words: readonly string[]): string =>
  words.map((word) => `"${word}"`).join(',')

/** A comparison such as `> 5000`; an empty cell compares with nothing. */
export function comparisonIn(cell: string): { sign: Sign; value: string } | null {
  const text = cell.trim()
  if (text === '') return { sign: '>', value: '' }
  const found = COMPARED.exec(text)
  if (!found) return null
  const sign = found[1] === undefined || found[1] === '==' ? '=' : (found[1] as Sign)
  return { sign, value: found[2] ?? '' }
}

export function comparisonCell(sign: Sign, value: string): string {
  const text = value.trim()
  if (text === '') return ''
  return sign === '=' ? text : `${sign} ${text}`
}

/** The text that an output gives: what stands in its quotes, or in backquotes with facts in it. */
export function textIn(cell: string): string | null {
  const text = cell.trim()
  if (text === '') return ''
  const quoted = QUOTED.exec(text)
  if (quoted) return quoted[1] ?? ''
  const inside = /^`([^`]*)`$/.exec(text)
  return inside ? (inside[1] ?? '') : null
}

/** The expression that gives this text; null where no quotes fit around it. */
export function textCell(text: string): string | null {
  if (text === '') return ''
  const line = text.replace(/[\r\n]+/g, ' ')
  if (!line.includes('"') && !line.includes('${')) return `"${line}"`
  return line.includes('`') ? null : `\`${line}\``
}

/** The facts that a text inserts. */
export const factsIn = (text: string): string[] =>
  [...text.matchAll(/\$\{([A-Za-z_]+)\}/g)].map((found) => found[1] ?? '')

export interface Named {
  value: string
  zh: string
  en: string
}

/** A cell as people read it: listed words by their names, text without quotes, else as it is. */
export function shownCell(
  cell: string,
  kind: 'choice' | 'number' | 'text' | 'output',
  names: readonly Named[],
  language: 'zh' | 'en',
): string {
  const text = cell.trim()
  if (kind === 'output') {
    const given = textIn(text)
    if (given === null) return text
    return names.find((each) => each.value === given)?.[language] ?? given
  }
  if (kind === 'number') return text.replace(/^>=/, '≥').replace(/^<=/, '≤')
  const words = wordsIn(text)
  if (words === null) return text
  const named = words.map((word) => names.find((each) => each.value === word)?.[language] ?? word)
  return named.join(language === 'zh' ? '、' : ', ')
}
