/** What is looked for, as filters that can be taken off, changed and put on; in the address. Pure. */
import type { LocationQuery, LocationQueryRaw } from 'vue-router'
import type { Chip, Query } from '../api'
import { one } from '../shelf/filters'

type Key = keyof Query
const LISTS = [
  'exact',
  'numbers',
  'kinds',
  'parties',
  'tags',
  'folders',
  'media',
  'documents',
] as const
const VALUES = [
  'text',
  'amount_min',
  'amount_max',
  'date_from',
  'date_to',
  'added_from',
  'added_to',
  'name',
] as const
const isList = (key: string): key is (typeof LISTS)[number] => LISTS.some((each) => each === key)
const isValue = (key: string): key is (typeof VALUES)[number] => VALUES.some((each) => each === key)

/** How a filter is changed by hand. */
export type Editing = 'amount' | 'day' | 'seal' | 'kinds' | 'folders' | 'list' | 'text'

export function editingOf(field: string): Editing | null {
  if (field.startsWith('amount_')) return 'amount'
  if (/^(date|added)_(from|to)$/.test(field)) return 'day'
  if (field === 'seal' || field === 'kinds' || field === 'folders') return field
  if (field === 'documents') return null
  if (isList(field)) return 'list'
  return isValue(field) ? 'text' : null
}

/** The query in a text from outside; null where it is none. */
export function queryIn(text: string): Query | null {
  if (text === '') return null
  try {
    const told: unknown = JSON.parse(text)
    return typeof told === 'object' && told !== null ? cleaned(told as Query) : null
  } catch {
    return null
  }
}

/** Only what a query may hold, and nothing that is empty. */
export function cleaned(query: Query): Query {
  const kept: Query = {}
  for (const [key, value] of Object.entries(query)) {
    if (isList(key) && Array.isArray(value) && value.length > 0)
      kept[key] = value.filter((each): each is string => typeof each === 'string')
    else if (
      isValue(key) &&
      (typeof value === 'string' || typeof value === 'number') &&
      value !== ''
    )
      kept[key] = String(value)
    else if (key === 'seal' && typeof value === 'boolean') kept.seal = value
  }
  return kept
}

export interface Sought {
  question: string
  query: Query | null
  folder: string | null
  similar: string | null
}

export const soughtIn = (address: LocationQuery): Sought => ({
  question: one(address.q).trim(),
  query: queryIn(one(address.query)),
  folder: one(address.folder) || null,
  similar: one(address.similar) || null,
})

/** The address of a query; the question stays in the field above it. */
export const addressOf = (query: Query, question: string): LocationQueryRaw => ({
  ...(question ? { q: question } : {}),
  query: JSON.stringify(cleaned(query)),
})

/** A filter in one of several, or all of it, taken off. */
export function without(query: Query, chip: Pick<Chip, 'field' | 'value'>): Query {
  const { field } = chip
  if (!isList(field)) {
    const gone: readonly string[] = keysOf(field)
    return cleaned(
      Object.fromEntries(Object.entries(query).filter(([key]) => !gone.includes(key))) as Query,
    )
  }
  const value = valueOf(chip)
  const gone = new Set((Array.isArray(value) ? value : [value]).map(String))
  const before = query[field] ?? []
  const rest = before.filter((each) => !gone.has(each))
  return cleaned({ ...query, [field]: rest.length < before.length ? rest : [] })
}

/** The keys of the query that a chip stands for: `amount` for both of its ends. */
export const keysOf = (field: string): Key[] =>
  isList(field) || isValue(field) || field === 'seal'
    ? [field]
    : VALUES.filter((each) => each.startsWith(`${field}_`))

/** A chip's value, out of its JSON. */
export function valueOf(chip: Pick<Chip, 'value'>): unknown {
  try {
    return JSON.parse(chip.value)
  } catch {
    return chip.value
  }
}

/** With another value in the place of a chip's. */
export function changed(query: Query, chip: Pick<Chip, 'field' | 'value'>, value: unknown): Query {
  const field = chip.field
  if (!isList(field)) return cleaned({ ...query, [field]: value })
  const rest = without(query, chip)[field] ?? []
  const more = Array.isArray(value) ? value.map(String) : [String(value)]
  return cleaned({ ...query, [field]: [...new Set([...rest, ...more])].filter(Boolean) })
}

const FACETS: Record<string, (typeof LISTS)[number]> = {
  kind: 'kinds',
  folder: 'folders',
  tag: 'tags',
  media: 'media',
}

/** Among kinds: documents of which nobody knows what they are, as well. */
export const UNKNOWN = 'unknown'

/** The same, and what is of no known kind behind it. */
export const withUnknown = (query: Query): Query => ({
  ...query,
  kinds: [...(query.kinds ?? []), UNKNOWN],
})

/** Among kinds: invoices of all kinds. */
const INVOICES = 'invoice'

/** Whether kinds only say what comes first, or stand for several: then a facet of a kind narrows, it
 * does not widen. */
const isOpen = (key: string, now: string[]): boolean =>
  key === 'kinds' && (now.includes(UNKNOWN) || now.includes(INVOICES))

/** Narrowed down by a value of a facet, or widened again. */
export function narrowed(query: Query, facet: string, value: string): Query {
  if (facet === 'year') {
    const [from, to] = [`${value}-01-01`, `${value}-12-31`]
    const on = query.date_from === from && query.date_to === to
    return cleaned({ ...query, date_from: on ? null : from, date_to: on ? null : to })
  }
  const key = FACETS[facet]
  if (key === undefined) return query
  const now = query[key] ?? []
  if (isOpen(key, now)) return cleaned({ ...query, [key]: [value] })
  const next = now.includes(value) ? now.filter((each) => each !== value) : [...now, value]
  return cleaned({ ...query, [key]: next })
}

export function isNarrowed(query: Query, facet: string, value: string): boolean {
  if (facet === 'year')
    return query.date_from === `${value}-01-01` && query.date_to === `${value}-12-31`
  const key = FACETS[facet]
  if (key === undefined) return false
  const now = query[key] ?? []
  return now.includes(value) && !isOpen(key, now)
}

export const isEmpty = (query: Query): boolean => Object.keys(cleaned(query)).length === 0
