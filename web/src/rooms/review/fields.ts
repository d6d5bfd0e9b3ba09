/** The fields of a claim's papers as a reviewer goes through them: the doubtful ones first. Pure. */
import type { Shape } from '@/api/client'
import { fieldState, type FieldState } from '@/ui/fieldWords'
import { fieldId } from '@/ui/papers'

export type ReviewShown = Shape<'ReviewShown'>
export type Field = Shape<'Field'>
export type Reading = Shape<'Reading'>

/** One paper of a claim and where it is. */
export interface PaperAt {
  attachment: string
  fileAt: number
  readingAt: number
  file: string
  reading: Reading
}

/** One field of one paper. `said`: the submitter's own answer; `was`: what was read before. */
export interface FieldRow {
  id: string
  attachment: string
  fileAt: number
  readingAt: number
  name: string
  /** The kind of the paper: fields are called after it. */
  kind: string
  field: Field
  state: FieldState
  doubt: number
  said: string | null
  was: string | null
}

export interface Said {
  attachment: string
  file_at: number
  reading_at: number
  field: string
  value: string | null
}

/** What decides most, in the order in which somebody looks. */
const WEIGHT: Record<string, number> = {
  total: 9,
  number: 8,
  date: 7,
  code: 6,
  buyer_tax_id: 5,
  buyer_name: 4,
  seller_name: 3,
  amount: 3,
  tax: 3,
  currency: 2,
  seller_tax_id: 2,
}
const STATE_DOUBT: Record<FieldState, number> = {
  conflict: 100,
  single: 40,
  missing: 20,
  confirmed: 0,
  corrected: 0,
}
const SAID_OTHERWISE = 60

export const papersOf = (review: Pick<ReviewShown, 'readings'>): PaperAt[] =>
  review.readings.flatMap(({ attachment, files }) =>
    files.flatMap((file, fileAt) =>
      file.readings.map((reading, readingAt) => ({
        attachment,
        fileAt,
        readingAt,
        file: file.file,
        reading,
      })),
    ),
  )

/** All fields of a paper, the most doubtful first, else in the paper's own order. */
export function rowsOf(
  paper: PaperAt,
  said: readonly Said[] = [],
  corrections: readonly Shape<'CorrectionShown'>[] = [],
): FieldRow[] {
  const rows = Object.entries(paper.reading.fields).map(([name, field]) => {
    const here = (each: {
      attachment: string
      file_at: number
      reading_at: number
      field: string
    }) =>
      each.attachment === paper.attachment &&
      each.file_at === paper.fileAt &&
      each.reading_at === paper.readingAt &&
      each.field === name
    const told = said.find(here)?.value ?? null
    const state = fieldState(field)
    return {
      id: fieldId(paper.attachment, paper.fileAt, paper.readingAt, name),
      attachment: paper.attachment,
      fileAt: paper.fileAt,
      readingAt: paper.readingAt,
      name,
      kind: paper.reading.kind,
      field,
      state,
      doubt: doubtOf(name, field, state, told),
      said: told,
      was: corrections.find(here)?.was ?? null,
    }
  })
  return rows
    .map((row, at) => ({ row, at }))
    .sort(byDoubt)
    .map(({ row }) => row)
}

const KIND_SURE = 0.9

/** The kind of a paper, as a row like its fields: it is corrected like one. */
export function kindRow(
  paper: PaperAt,
  corrections: readonly Shape<'CorrectionShown'>[] = [],
): FieldRow {
  const { kind, kind_confidence: confidence } = paper.reading
  const made = corrections.findLast(
    (each) =>
      each.field === 'kind' &&
      each.attachment === paper.attachment &&
      each.file_at === paper.fileAt &&
      each.reading_at === paper.readingAt,
  )
  const sure = confidence >= KIND_SURE
  const field: Field = {
    value: kind,
    status: sure ? 'confirmed' : 'single',
    confidence,
    sources: made ? ['person'] : [],
    evidence: [],
    others: [],
  }
  return {
    id: fieldId(paper.attachment, paper.fileAt, paper.readingAt, 'kind'),
    attachment: paper.attachment,
    fileAt: paper.fileAt,
    readingAt: paper.readingAt,
    name: 'kind',
    kind,
    field,
    state: fieldState(field),
    doubt: sure || made ? 0 : STATE_DOUBT.single,
    said: null,
    was: made?.was ?? null,
  }
}

const byDoubt = (a: { row: FieldRow; at: number }, b: { row: FieldRow; at: number }): number =>
  b.row.doubt - a.row.doubt || a.at - b.at

/** How much a field calls for eyes; 0: not at all. */
function doubtOf(name: string, field: Field, state: FieldState, said: string | null): number {
  const differs = said !== null && said !== field.value && state !== 'corrected'
  const base = STATE_DOUBT[state] + (differs ? SAID_OTHERWISE : 0)
  if (base === 0) return 0
  if (state === 'missing' && !differs && !(name in WEIGHT)) return 0
  return base + (WEIGHT[name] ?? 0) * 2 + Math.round((1 - field.confidence) * 10)
}

/** The field to begin with: the most doubtful one of all papers; else the first. */
export function firstDoubt(rows: readonly FieldRow[]): FieldRow | undefined {
  return [...rows].sort((a, b) => b.doubt - a.doubt)[0]
}

export interface Grouped {
  doubtful: FieldRow[]
  sure: FieldRow[]
  /** Not on the paper, as far as was seen, and not decisive. */
  absent: FieldRow[]
}

/** In the order in which they are shown. */
export const grouped = (rows: readonly FieldRow[]): Grouped => ({
  doubtful: rows.filter((row) => row.doubt > 0),
  sure: rows.filter((row) => row.doubt === 0 && row.state !== 'missing'),
  absent: rows.filter((row) => row.doubt === 0 && row.state === 'missing'),
})

const inPaper = (row: FieldRow, paper: PaperAt): boolean =>
  row.attachment === paper.attachment &&
  row.fileAt === paper.fileAt &&
  row.readingAt === paper.readingAt

/** All fields in the order in which somebody goes through them: paper by paper, doubtful first. */
export const walkOf = (papers: readonly PaperAt[], rows: readonly FieldRow[]): FieldRow[] =>
  papers.flatMap((paper) => {
    const { doubtful, sure, absent } = grouped(rows.filter((row) => inPaper(row, paper)))
    return [...doubtful, ...sure, ...absent]
  })

type Documents = Record<string, unknown>[]

/** Facts that call for eyes wherever they are, e.g. a duplicate. `file` is null for the claim. */
export interface Alarm {
  code: string
  file: string | null
  value: string
}

const QUIET = new Set(['no', 'nobody', 'none', 'unknown', '', '0', 'other_format'])
const ALARMING = [
  'duplicate_in_claim',
  'duplicate_in_history',
  'consecutive_in_claim',
  'consecutive_in_history',
  'future',
  'negative',
] as const

/** Duplicates, consecutive numbers and the like, out of the facts. */
export function alarmsOf(facts: ReviewShown['facts']): Alarm[] {
  if (!facts) return []
  const found: Alarm[] = []
  for (const document of (facts.documents as Documents | undefined) ?? [])
    for (const code of ALARMING) {
      const value = String(document[code] ?? 'no')
      if (!QUIET.has(value)) found.push({ code, file: String(document.file ?? ''), value })
    }
  const claim = (facts.claim as Record<string, unknown> | undefined) ?? {}
  for (const code of ['unreadable_files', 'not_invoices', 'foreign', 'buyer_not_ours']) {
    const value = String(claim[code] ?? '0')
    if (!QUIET.has(value)) found.push({ code, file: null, value })
  }
  return found
}

/** Facts as plain pairs, proofs left out. */
export const pairsOf = (facts: unknown): [string, string][] =>
  Object.entries((facts as Record<string, unknown> | null) ?? {})
    .filter(([name]) => name !== 'evidence' && !name.startsWith('finding_messages'))
    .map(([name, value]) => [name, String(value ?? '')])
