/** What columns and cells are called, from the server's vocabulary. Pure. */
import { shownCell, type Named } from './cells'
import type { Fact, Fault, Vocabulary } from './composables/usePolicies'
import { columnsOf, perDocument, ROW_NAME, type Column, type Table } from './jdm'

export type Language = 'zh' | 'en'
export type Kind = 'choice' | 'number' | 'text' | 'output' | 'name'

/** A column as the grid shows it. */
export interface Shown {
  id: string
  field: string
  label: string
  kind: Kind
  output: boolean
  required: boolean
  names: readonly Named[]
  sample: string
}

export const factOf = (words: Vocabulary, table: Table, field: string): Fact | undefined =>
  words.facts.find(
    (fact) => fact.name === field && fact.scope === (perDocument(table) ? 'documents' : 'claim'),
  )

export function shownColumns(words: Vocabulary, table: Table, language: Language): Shown[] {
  const outputs = new Set(table.content.outputs)
  return columnsOf(table).map((column) =>
    outputs.has(column) ? output(words, column, language) : input(words, table, column, language),
  )
}

/** The facts that a table has no column for yet. */
export function factsLeft(words: Vocabulary, table: Table): Fact[] {
  const used = new Set(table.content.inputs.map((column) => column.field))
  const scope = perDocument(table) ? 'documents' : 'claim'
  return words.facts.filter((fact) => fact.scope === scope && !used.has(fact.name))
}

function input(words: Vocabulary, table: Table, column: Column, language: Language): Shown {
  const fact = factOf(words, table, column.field)
  return {
    id: column.id,
    field: column.field,
    label: fact?.[language] ?? column.name ?? column.field,
    kind: fact?.type ?? 'text',
    output: false,
    required: false,
    names: fact?.values ?? [],
    sample: fact?.sample ?? '',
  }
}

function output(words: Vocabulary, column: Column, language: Language): Shown {
  const found = words.outputs.find((each) => each.name === column.field)
  const names: Record<string, readonly Named[]> = {
    outcome: words.effects,
    refer_to: words.refer_to,
  }
  return {
    id: column.id,
    field: column.field,
    label: found?.[language] ?? column.name ?? column.field,
    kind: 'output',
    output: true,
    required: found?.required ?? false,
    names: names[column.field] ?? [],
    sample: found?.sample ?? '',
  }
}

export const cellText = (column: Shown, cell: string, language: Language): string =>
  column.kind === 'name' ? cell : shownCell(cell, column.kind, column.names, language)

/** What a field is called, wherever it stands. */
export function fieldName(
  words: Vocabulary | undefined,
  field: string,
  language: Language,
): string {
  if (field === ROW_NAME) return field
  const found =
    words?.outputs.find((each) => each.name === field) ??
    words?.facts.find((each) => each.name === field)
  return found?.[language] ?? field
}

const mark = (table: string | null, row: number | null, column: string | null): string =>
  `${table ?? ''} ${row ?? ''} ${column ?? ''}`

/** The mistakes by their cell; those of a whole row stand at its name. */
export function faultsByCell(faults: readonly Fault[]): Map<string, Fault> {
  const found = new Map<string, Fault>()
  for (const fault of faults) {
    if (fault.table === null || fault.row_at === null) continue
    const key = mark(fault.table, fault.row_at, fault.column ?? ROW_NAME)
    if (!found.has(key)) found.set(key, fault)
  }
  return found
}

export const faultAt = (
  faults: ReadonlyMap<string, Fault>,
  table: string,
  row: number,
  column: string,
): Fault | undefined => faults.get(mark(table, row, column))

export const saidIn = (fault: Fault, language: Language): string =>
  language === 'zh' ? fault.message_zh : fault.message_en

/** What a table is called where its name is one of the shipped ones. */
export const TONES = {
  approve: 'success',
  refer: 'warning',
  suggest_reject: 'danger',
  warn: 'info',
} as const

export type Tone = (typeof TONES)[keyof typeof TONES]

export const toneOf = (effect: string): Tone => TONES[effect as keyof typeof TONES] ?? 'info'
