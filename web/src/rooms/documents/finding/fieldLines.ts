/** A block of fields, which is told in both languages, as lines in one of them. Pure. */
import type { Hit } from '../api'

export interface FieldLine {
  label: string
  value: string
  /** Whether this is what was looked for: all of it, or something in it. */
  found: 'whole' | 'part' | null
}

const LINES_MAX = 5
/** `号码 Number: 25117`; a field that is called the same in both has one name. */
const LINE = /^([^:]{1,80}): (.+)$/
const RANKS = ['whole', 'part', null] as const
const BOTH = /^(\S*[\u3400-\u9fff]\S*) (.+)$/

/** Those that were found first to be kept, then the first ones; in their order. */
export function fieldLines(
  hit: Pick<Hit, 'text' | 'marks'>,
  language: string,
  linesMax = LINES_MAX,
): FieldLine[] {
  const marks = hit.marks.map((mark) => plain(mark.text)).filter(Boolean)
  const lines = hit.text.split('\n').flatMap((text) => {
    const [, name, value] = LINE.exec(text.trim()) ?? []
    if (name === undefined || value === undefined) return []
    return [{ label: named(name, language), value, found: foundIn(plain(value), marks) }]
  })
  const kept = RANKS.flatMap((rank) => lines.filter((line) => line.found === rank))
  const shown = new Set(kept.slice(0, linesMax))
  return lines.filter((line) => shown.has(line))
}

function named(name: string, language: string): string {
  const [, zh, en] = BOTH.exec(name) ?? []
  return (language.startsWith('zh') ? zh : en) ?? name
}

/** Without what amounts and numbers are printed with or without. */
const plain = (text: string): string => text.toLowerCase().replace(/[\s,，]/g, '')

/** A value is found where it is most of what stands there (`104165.27` of `USD 104,165.27`), or the
 * other way round. */
function foundIn(value: string, marks: readonly string[]): FieldLine['found'] {
  const within = marks.filter((mark) => value.includes(mark))
  const whole = [...within, ...marks.filter((mark) => mark.includes(value))]
  const alike = (one: number, other: number): boolean =>
    2 * Math.min(one, other) >= Math.max(one, other)
  if (whole.some((mark) => alike(mark.length, value.length))) return 'whole'
  return within.length > 0 ? 'part' : null
}
