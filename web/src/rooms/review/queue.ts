/** The queue: its filters in the address, what each line tells, and what comes next. Pure. */
import type { LocationQuery, LocationQueryRaw } from 'vue-router'
import type { Shape } from '@/api/client'

export type Queued = Shape<'QueuedShown'>
export type Purpose = Queued['purpose']

/** `age`: only what waits for so many days at least; the server has no such filter. */
export interface Filters {
  purpose: Purpose | null
  category: string | null
  department: string | null
  riskMin: number | null
  mine: boolean
  age: number | null
}

export const NO_FILTERS: Filters = {
  purpose: null,
  category: null,
  department: null,
  riskMin: null,
  mine: false,
  age: null,
}

const DAY_S = 86_400
/** What is overdue has this added to its risk, so that it stands first. */
const OVERDUE = 1_000_000
const RISK_MAX = 100
const AGE_DAYS_MAX = 365

export function filtersIn(query: LocationQuery): Filters {
  const text = (name: string): string | null => {
    const value = query[name]
    return typeof value === 'string' && value !== '' ? value.slice(0, 64) : null
  }
  const whole = (name: string, most: number): number | null => {
    const value = Number(text(name) ?? Number.NaN)
    return Number.isInteger(value) && value > 0 ? Math.min(value, most) : null
  }
  const purpose = text('purpose')
  return {
    purpose: purpose === 'decide' || purpose === 'appeal' ? purpose : null,
    category: text('category'),
    department: text('department'),
    riskMin: whole('risk', RISK_MAX),
    mine: text('mine') === '1',
    age: whole('age', AGE_DAYS_MAX),
  }
}

export const queryOf = (filters: Filters): LocationQueryRaw => ({
  purpose: filters.purpose ?? undefined,
  category: filters.category ?? undefined,
  department: filters.department ?? undefined,
  risk: filters.riskMin?.toString(),
  mine: filters.mine ? '1' : undefined,
  age: filters.age?.toString(),
})

export const anyFilter = (filters: Filters): boolean =>
  Object.values(queryOf(filters)).some((value) => value !== undefined)

/** As the server is asked. */
export const askedOf = (filters: Filters) => ({
  purpose: filters.purpose ?? undefined,
  category: filters.category ?? undefined,
  department: filters.department ?? undefined,
  risk_min: filters.riskMin ?? undefined,
  mine: filters.mine || undefined,
})

export const oldEnough = (row: Queued, filters: Filters): boolean =>
  filters.age === null || row.waits_s >= filters.age * DAY_S

/** The risk from 0 to 100, whatever puts a line first. */
export const riskOf = (row: Pick<Queued, 'risk'>): number =>
  Math.min(RISK_MAX, row.risk >= OVERDUE ? row.risk - OVERDUE : row.risk)

export type RiskBand = 'low' | 'middle' | 'high'

export function riskBand(risk: number): RiskBand {
  if (risk >= 60) return 'high'
  return risk >= 30 ? 'middle' : 'low'
}

/** Whether this person can begin it: nobody else holds it. */
export const isFree = (row: Queued, me: string): boolean => row.holder === null || row.holder === me

/** The next line that is free, going on after `now`, then from the start; never a handled one. */
export function nextFree(
  rows: readonly Queued[],
  now: string | null,
  me: string,
  handled: ReadonlySet<string>,
): Queued | undefined {
  const at = rows.findIndex((row) => row.id === now)
  const ordered = [...rows.slice(at + 1), ...rows.slice(0, Math.max(at, 0))]
  return ordered.find((row) => row.id !== now && !handled.has(row.id) && isFree(row, me))
}

/** The neighbour of `now` among all lines, free or not. */
export function neighbour(rows: readonly Queued[], now: string, by: 1 | -1): Queued | undefined {
  const at = rows.findIndex((row) => row.id === now)
  return at < 0 ? rows[0] : rows[at + by]
}

/**
 * The lines after a refresh, without a jump: those that were there keep their places and get their
 * new values; what is gone stays, marked, until somebody refreshes by hand; new ones are counted.
 */
export function refreshed(
  shown: readonly Queued[],
  now: readonly Queued[],
): { rows: Queued[]; gone: Set<string>; fresh: number } {
  const told = new Map(now.map((row) => [row.id, row]))
  const known = new Set(shown.map((row) => row.id))
  return {
    rows: shown.map((row) => told.get(row.id) ?? row),
    gone: new Set(shown.filter((row) => !told.has(row.id)).map((row) => row.id)),
    fresh: now.filter((row) => !known.has(row.id)).length,
  }
}

/** How long somebody waits: the number and its unit. */
export function waitOf(seconds: number): { n: number; unit: 'minutes' | 'hours' | 'days' } {
  if (seconds >= 2 * DAY_S) return { n: Math.floor(seconds / DAY_S), unit: 'days' }
  if (seconds >= 2 * 3_600) return { n: Math.floor(seconds / 3_600), unit: 'hours' }
  return { n: Math.max(1, Math.floor(seconds / 60)), unit: 'minutes' }
}
