/** What a reviewer changed and did not send yet: with undo, kept against a newer version. Pure. */
import type { Shape } from '@/api/client'
import type { FieldRow } from './fields'

/** One field's edit. `confirmed`: it stands as it was read. `base`: the value it was made on. */
export interface Edit {
  id: string
  attachment: string
  fileAt: number
  readingAt: number
  name: string
  base: string | null
  value: string | null
  confirmed: boolean
}

/** The edits as they came; the last one of a field counts. Undo takes the last away. */
export type Edits = readonly Edit[]

const EDITS_MAX = 200
const VALUE_MAX = 500

/** What a field is edited to; null: that changes nothing, so there is nothing to send. */
export function editOf(row: FieldRow, typed: string | null): Edit | null {
  const value = typed?.trim().slice(0, VALUE_MAX) || null
  if (value === row.field.value) return null
  return { ...placeOf(row), base: row.field.value, value, confirmed: false }
}

/** That a field is right as it was read; null where nothing was. */
export const confirmOf = (row: FieldRow): Edit | null =>
  row.field.value === null
    ? null
    : { ...placeOf(row), base: row.field.value, value: row.field.value, confirmed: true }

const placeOf = (row: FieldRow) => ({
  id: row.id,
  attachment: row.attachment,
  fileAt: row.fileAt,
  readingAt: row.readingAt,
  name: row.name,
})

export const added = (edits: Edits, edit: Edit): Edits => [...edits, edit].slice(-EDITS_MAX)

export const undone = (edits: Edits): Edits => edits.slice(0, -1)

export const without = (edits: Edits, id: string): Edits => edits.filter((each) => each.id !== id)

/** The one that counts, of each field. */
export function standing(edits: Edits): Edit[] {
  const last = new Map<string, Edit>()
  for (const each of edits) last.set(each.id, each)
  return [...last.values()]
}

export const editIn = (edits: Edits, id: string): Edit | undefined =>
  edits.findLast((each) => each.id === id)

export const bodyOf = (edits: Edits): Shape<'CorrectionBody'>[] =>
  standing(edits).map((each) => ({
    attachment: each.attachment,
    file_at: each.fileAt,
    reading_at: each.readingAt,
    field: each.name,
    value: each.confirmed ? null : each.value,
    confirmed: each.confirmed,
  }))

/** A field that changed on the server, or is edited here: what was, what is there now, and mine. */
export interface Difference {
  id: string
  name: string
  base: string | null
  theirs: string | null
  mine: string | null
  /** Whether both changed it, to different values. */
  clash: boolean
}

type Row = Pick<FieldRow, 'id' | 'name'> & { field: { value: string | null } }

/** What differs between what was seen, what stands now, and the edits. */
export function differences(
  before: readonly Row[],
  now: readonly Row[],
  edits: Edits,
): Difference[] {
  const there = new Map(now.map((row) => [row.id, row.field.value]))
  const mine = new Map(standing(edits).map((each) => [each.id, each.value]))
  return before.flatMap((row) => {
    const base = row.field.value
    const theirs = there.get(row.id) ?? null
    const wished = mine.has(row.id) ? (mine.get(row.id) ?? null) : base
    if (theirs === base && !mine.has(row.id)) return []
    const clash = theirs !== base && mine.has(row.id) && wished !== theirs
    return [{ id: row.id, name: row.name, base, theirs, mine: wished, clash }]
  })
}

/**
 * The edits on top of what stands now: those that are there already fall away, a confirmation of
 * what is no longer the value becomes the value itself.
 */
export function rebased(edits: Edits, now: readonly Row[]): Edits {
  const there = new Map(now.map((row) => [row.id, row.field.value]))
  return standing(edits).flatMap((each) => {
    if (!there.has(each.id)) return []
    const value = there.get(each.id) ?? null
    if (value === each.value) return each.confirmed ? [{ ...each, base: value }] : []
    return [{ ...each, base: value, confirmed: false }]
  })
}

/** Edits that a browser kept; anything else is none. */
export function keptEdits(text: string | null): Edits {
  try {
    const told: unknown = JSON.parse(text ?? '[]')
    return Array.isArray(told) ? told.filter(isEdit).slice(-EDITS_MAX) : []
  } catch {
    return []
  }
}

const isEdit = (each: unknown): each is Edit =>
  typeof each === 'object' &&
  each !== null &&
  typeof (each as Edit).id === 'string' &&
  typeof (each as Edit).attachment === 'string' &&
  typeof (each as Edit).name === 'string' &&
  typeof (each as Edit).confirmed === 'boolean'
