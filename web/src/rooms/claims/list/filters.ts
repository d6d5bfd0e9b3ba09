/** The filters of the list, as the address holds them. Pure. */
import type { LocationQuery, LocationQueryRaw } from 'vue-router'
import type { Status } from '../follow/steps'

export const STATUSES: readonly Status[] = [
  'received',
  'waiting',
  'asked',
  'approved',
  'rejected',
  'appealed',
  'quarantined',
  'cancelled',
]
const Q_CHARACTERS_MAX = 100

export interface Filters {
  mine: boolean
  status: Status | null
  category: string
  q: string
}

const one = (value: LocationQuery[string] | undefined): string =>
  (Array.isArray(value) ? value[0] : value) ?? ''

/** reach: whether they see more than their own. */
export function filtersIn(query: LocationQuery, reach: boolean): Filters {
  const status = one(query.status)
  return {
    mine: !reach || one(query.whose) !== 'all',
    status: STATUSES.find((each) => each === status) ?? null,
    category: one(query.category).slice(0, 64),
    q: one(query.q).trim().slice(0, Q_CHARACTERS_MAX),
  }
}

/** Only what differs from the plain list stands in the address. */
export function queryOf(filters: Filters): LocationQueryRaw {
  return {
    ...(filters.mine ? {} : { whose: 'all' }),
    ...(filters.status ? { status: filters.status } : {}),
    ...(filters.category ? { category: filters.category } : {}),
    ...(filters.q ? { q: filters.q } : {}),
  }
}

export const isFiltered = (filters: Filters): boolean =>
  filters.status !== null || filters.category !== '' || filters.q !== ''
