/** What fields, kinds, findings, statuses and sources are called, in both languages. */
import { useI18n } from 'vue-i18n'
import {
  FACTS,
  FIELDS,
  FINDINGS,
  ITEM_COLUMNS,
  KINDS,
  LEVELS,
  OTHERS,
  type Named,
} from './fieldNames'

const TABLES = {
  field: FIELDS,
  kind: KINDS,
  finding: FINDINGS,
  fact: FACTS,
  column: ITEM_COLUMNS,
  level: LEVELS,
  other: OTHERS,
} as const

export type NameTable = keyof typeof TABLES

/** The name in a language; a name that nobody gave yet is shown with spaces for underscores. */
export function nameIn(table: NameTable, code: string, language: string): string {
  const named: Named | undefined = Object.hasOwn(TABLES[table], code)
    ? (TABLES[table] as Record<string, Named>)[code]
    : undefined
  if (!named) return code.replaceAll('_', ' ')
  return language.startsWith('zh') ? named[0] : named[1]
}

/** How sure a value is, as one of three words. */
export type Sureness = 'sure' | 'likely' | 'doubtful'

export interface FieldLike {
  status: 'confirmed' | 'single' | 'conflict' | 'missing'
  confidence: number
  sources: readonly string[]
  value: string | null
}

const LIKELY = 0.9

export function sureness(field: FieldLike): Sureness {
  if (field.sources.includes('person') || field.status === 'confirmed') return 'sure'
  if (field.status === 'single' && field.confidence >= LIKELY) return 'likely'
  return 'doubtful'
}

/** The state of a field as it is shown: `corrected` where a person said it. */
export type FieldState = 'confirmed' | 'single' | 'conflict' | 'missing' | 'corrected'

export const fieldState = (field: FieldLike): FieldState =>
  field.sources.includes('person') ? 'corrected' : field.status

/** Names in the language of the page. */
export function useFieldWords() {
  const { locale } = useI18n({ useScope: 'global' })
  const named = (table: NameTable) => (code: string) => nameIn(table, code, locale.value)
  return {
    fieldName: named('field'),
    kindName: named('kind'),
    findingName: named('finding'),
    factName: named('fact'),
    columnName: named('column'),
    stateName: (state: FieldState) => nameIn('level', state, locale.value),
    surenessName: (sure: Sureness) => nameIn('level', sure, locale.value),
    sourceName: (source: string) => nameIn('level', `by_${source}`, locale.value),
    severityName: (severity: string) => nameIn('level', `is_${severity}`, locale.value),
    qualityName: (quality: string) => nameIn('level', `as_${quality}`, locale.value),
    otherName: named('other'),
    /** A text that the server tells in both languages. */
    inBoth: (zh: string, en: string) => (locale.value.startsWith('zh') ? zh || en : en || zh),
  }
}
