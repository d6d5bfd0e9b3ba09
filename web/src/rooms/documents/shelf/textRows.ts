/** The text of a page, run beside run, as rows. Pure. */
import type { Box } from '@/ui/papers'

export interface Run {
  text: string
  box: Box
}

const SAME_ROW = 0.5

/** Runs whose middles lie on the same height stand in one row. */
export function rowsOf(runs: readonly Run[]): Run[][] {
  const rows: Run[][] = []
  for (const run of runs) {
    const last = rows.at(-1)?.at(-1)
    if (last && besides(last.box, run.box)) rows.at(-1)?.push(run)
    else rows.push([run])
  }
  return rows
}

function besides(a: Box, b: Box): boolean {
  const shared = Math.min(a[3], b[3]) - Math.max(a[1], b[1])
  return b[0] >= a[0] && shared > SAME_ROW * Math.min(a[3] - a[1], b[3] - b[1])
}

export const textOf = (rows: readonly (readonly Run[])[]): string =>
  rows.map((row) => row.map((run) => run.text).join(' ')).join('\n')
