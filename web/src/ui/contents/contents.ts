/** What a reading holds beside its fields, made ready to be shown. Pure. */
import type { Shape } from '@/api/client'
import type { Box } from '../papers'

export type Reading = Shape<'Reading'>

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
