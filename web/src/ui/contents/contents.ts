/** What a reading holds beside its fields, made ready to be shown. Pure. */
import type { InjectionKey } from 'vue'
import type { Shape } from '@/api/client'
import type { Box } from '../papers'

export type Reading = Shape<'Reading'>

/** Whether the page can show a place: provided by `ReadingContents`, asked for by `SeePlace`. */
export const SHOWS_PLACES: InjectionKey<boolean> = Symbol('shows places')

/** A place somebody wants to see. */
export interface Pointed {
  page: number
  box: Box
  label: string
}

export interface ChartRow {
  label: string
  cells: { value: string; unit: string; pointed: Pointed }[]
}

/** The values of a chart as a table: a row for each label, a column for each series. */
export function chartTable(chart: Shape<'Chart'>): { series: string[]; rows: ChartRow[] } {
  const series = [...new Set(chart.values.map((each) => each.series ?? ''))]
  const labels = [...new Set(chart.values.map((each) => each.label ?? ''))]
  const rows = labels.flatMap((label) => {
    const own = chart.values.filter((each) => (each.label ?? '') === label)
    const byColumn = series.map((name) => own.filter((each) => (each.series ?? '') === name))
    const height = Math.max(...byColumn.map((column) => column.length))
    return Array.from({ length: height }, (_, at) => ({
      label,
      cells: byColumn.map((column) => cellOf(column[at], chart.page)),
    }))
  })
  return { series, rows }
}

function cellOf(value: Shape<'ChartValue'> | undefined, page: number): ChartRow['cells'][number] {
  if (!value) return { value: '', unit: '', pointed: { page, box: [0, 0, 0, 0], label: '' } }
  const label = [value.label, value.series].filter(Boolean).join(' · ')
  return {
    value: value.value,
    unit: value.unit,
    pointed: { page, box: value.box, label: `${label} ${value.value}${value.unit}`.trim() },
  }
}

export interface ClauseGroup {
  topic: string
  risk: Shape<'Clause'>['risk']
  quotes: Shape<'Clause'>[]
}

/** Clauses by what they are about, in the order of the document. */
export function clauseGroups(clauses: readonly Shape<'Clause'>[]): ClauseGroup[] {
  const groups = new Map<string, ClauseGroup>()
  for (const each of clauses) {
    const key = `${each.topic}/${each.risk}`
    const known = groups.get(key)
    if (known) known.quotes.push(each)
    else groups.set(key, { topic: each.topic, risk: each.risk, quotes: [each] })
  }
  return [...groups.values()]
}

export interface ShownCell {
  text: string
  head: boolean
  number: boolean
  rows: number
  columns: number
}

const NUMBER = /^[-+−(（]?\s*[¥￥$€£]?\s*[-+−]?\d[\d,. ]*\s*[%％)）]?$/

/** The cells of a table's rows, merged ones once with their span. */
export function tableRows(table: Shape<'Table'>): ShownCell[][] {
  const spans = new Map<string, readonly [rows: number, columns: number]>()
  const covered = new Set<string>()
  for (const [row, column, height, width] of table.merged ?? []) {
    spans.set(`${row}/${column}`, [height, width])
    for (let down = 0; down < height; down++)
      for (let across = 0; across < width; across++)
        if (down + across > 0) covered.add(`${row + down}/${column + across}`)
  }
  return table.rows.map((cells, row) =>
    cells.flatMap((text, column) => {
      if (covered.has(`${row}/${column}`)) return []
      const [rows, columns] = spans.get(`${row}/${column}`) ?? [1, 1]
      const head = row < (table.head_rows ?? 0)
      return [{ text, head, number: !head && NUMBER.test(text.trim()), rows, columns }]
    }),
  )
}

/** Whether there is anything to show. */
export const hasContents = (reading: Reading): boolean =>
  reading.chart !== null && reading.chart !== undefined
    ? true
    : [
        reading.tables,
        reading.pairs,
        reading.clauses,
        reading.summary,
        reading.remarks,
        reading.questions,
      ].some((each) => each.length > 0) || Boolean(reading.mrz)
