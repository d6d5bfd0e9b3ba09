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
import { useKinds } from './kinds'

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

const namedIn = (table: NameTable, code: string): Named | undefined =>
  Object.hasOwn(TABLES[table], code) ? (TABLES[table] as Record<string, Named>)[code] : undefined

/** A name in a language; without one the code is shown with spaces for underscores. */
const said = (named: Named | undefined, code: string, language: string): string =>
  named ? named[language.startsWith('zh') ? 0 : 1] : code.replaceAll('_', ' ')

/** The name that the page brings along. */
export const nameIn = (table: NameTable, code: string, language: string): string =>
  said(namedIn(table, code), code, language)

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
  const kinds = useKinds()
  const named = (table: NameTable) => (code: string) => nameIn(table, code, locale.value)
  const told = (known: Named | undefined, code: string) => said(known, code, locale.value)
  return {
    /** As its kind calls it: what is a 票面标题 on an invoice is a 标题 elsewhere. */
    fieldName: (code: string, kind?: string) =>
      told(
        kind && code !== 'kind'
          ? (kinds.fieldNamed(code, kind) ?? namedIn('field', code))
          : (namedIn('field', code) ?? kinds.fieldNamed(code)),
        code,
      ),
    kindName: (code: string) => told(namedIn('kind', code) ?? kinds.kindNamed(code), code),
    clauseName: (name: string) => {
      const topic = kinds.topicNamed(name)
      return told(topic && [topic.title_zh, topic.title_en], name)
    },
    clauseLook: (name: string) => {
      const topic = kinds.topicNamed(name)
      return topic ? told([topic.look_zh, topic.look_en], name) : ''
    },
    findingName: named('finding'),
    factName: named('fact'),
    columnName: named('column'),
    stateName: (state: FieldState) => nameIn('level', state, locale.value),
    surenessName: (sure: Sureness) => nameIn('level', sure, locale.value),
    sourceName: (source: string) => nameIn('level', `by_${source}`, locale.value),
    severityName: (severity: string) => nameIn('level', `is_${severity}`, locale.value),
    qualityName: (quality: string) => nameIn('level', `as_${quality}`, locale.value),
    otherName: named('other'),
    /** A confidence as what it is: how many of a hundred fields like it were right. */
    shareName: (confidence: number) => {
      const count = Math.floor(confidence * 100)
      return locale.value.startsWith('zh')
        ? `实测同类每 100 个中约 ${count} 个正确`
        : `right in ${count} of 100 like it, as measured`
    },
    /** A text that the server tells in both languages. */
    inBoth: (zh: string, en: string) => (locale.value.startsWith('zh') ? zh || en : en || zh),
  }
}
