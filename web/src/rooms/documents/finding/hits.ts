/** What was found, by document; words that are marked. Pure. */
import type { LocationQueryRaw } from 'vue-router'
import type { Box } from '@/ui/papers'
import type { Hit } from '../api'

export interface HitGroup {
  document: string
  file: string
  title: string
  kind: string | null
  folder: string
  hits: Hit[]
}

/** Documents in the order of their best hit, each with all of its hits. */
export function grouped(hits: readonly Hit[]): HitGroup[] {
  const groups = new Map<string, HitGroup>()
  for (const hit of hits) {
    const known = groups.get(hit.document)
    if (known) known.hits.push(hit)
    else {
      const { document, file, title, folder } = hit
      const kind = hit.kind ?? null
      groups.set(document, { document, file, title, kind, folder, hits: [hit] })
    }
  }
  return [...groups.values()]
}

export interface Piece {
  text: string
  marked: boolean
}

const MARK_CHARACTERS_MIN = 1

/** A text cut where one of the words stands in it. */
export function pieces(text: string, words: readonly string[]): Piece[] {
  const sought = [...new Set(words.map((each) => each.trim()))]
    .filter((each) => each.length >= MARK_CHARACTERS_MIN)
    .sort((a, b) => b.length - a.length)
  if (sought.length === 0) return text ? [{ text, marked: false }] : []
  const pattern = new RegExp(
    `(${sought.map((each) => each.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})`,
    'giu',
  )
  return text
    .split(pattern)
    .map((part, at) => ({ text: part, marked: at % 2 === 1 }))
    .filter((each) => each.text !== '')
}

/** The part of a long text around the first of the words. */
export function excerpt(text: string, words: readonly string[], lengthMax: number): string {
  const flat = text.replace(/\s+/g, ' ').trim()
  if (flat.length <= lengthMax) return flat
  const folded = flat.toLowerCase()
  const places = words.map((each) => folded.indexOf(each.toLowerCase())).filter((at) => at >= 0)
  const first = places.length > 0 ? Math.min(...places) : 0
  const from = Math.max(0, Math.min(first - Math.floor(lengthMax / 4), flat.length - lengthMax))
  const part = flat.slice(from, from + lengthMax)
  return `${from > 0 ? '…' : ''}${part}${from + lengthMax < flat.length ? '…' : ''}`
}

const DECIMALS = 4

/** The address of a place in a document. */
export const placeQuery = (place: {
  file_at?: number
  page: number
  box?: Box | null
}): LocationQueryRaw => ({
  ...(place.file_at ? { file: String(place.file_at) } : {}),
  page: String(place.page),
  ...(place.box ? { box: place.box.map((part) => Number(part.toFixed(DECIMALS))).join(',') } : {}),
})

/** The box in an address; null where it is none. */
export function boxIn(text: string): Box | null {
  const parts = text.split(',').map(Number)
  const [left = Number.NaN, top = Number.NaN, right = Number.NaN, bottom = Number.NaN] = parts
  const whole = [left, top, right, bottom].every((part) => part >= 0 && part <= 1)
  return parts.length === 4 && whole && right > left && bottom > top
    ? [left, top, right, bottom]
    : null
}
