/** What of the shelf is listed, as the address holds it. Pure. */
import type { LocationQuery, LocationQueryRaw } from 'vue-router'
import type { DocumentState, Wanted } from '../api'

export const STATES: readonly DocumentState[] = ['waiting', 'reading', 'done', 'partial', 'failed']
export const ORDERS = ['newest', 'oldest', 'name'] as const
export type Order = (typeof ORDERS)[number]
const TEXT_CHARACTERS_MAX = 128

export interface Filters {
  folder: string | null
  tag: string
  kind: string
  state: DocumentState | ''
  order: Order
}

export const one = (value: LocationQuery[string] | undefined): string =>
  ((Array.isArray(value) ? value[0] : value) ?? '').slice(0, 4_000)

export function filtersIn(query: LocationQuery): Filters {
  const short = (name: string): string => one(query[name]).slice(0, TEXT_CHARACTERS_MAX)
  return {
    folder: short('folder') || null,
    tag: short('tag'),
    kind: short('kind'),
    state: STATES.find((each) => each === short('state')) ?? '',
    order: ORDERS.find((each) => each === short('order')) ?? 'newest',
  }
}

/** Only what differs from the plain list stands in the address. */
export const queryOf = (filters: Filters): LocationQueryRaw => ({
  ...(filters.folder ? { folder: filters.folder } : {}),
  ...(filters.tag ? { tag: filters.tag } : {}),
  ...(filters.kind ? { kind: filters.kind } : {}),
  ...(filters.state ? { state: filters.state } : {}),
  ...(filters.order === 'newest' ? {} : { order: filters.order }),
})

export const isFiltered = (filters: Filters): boolean =>
  filters.tag !== '' || filters.kind !== '' || filters.state !== ''

/** What is asked of the desk: filters look into all below the folder, the plain list does not. */
export const wantedOf = (filters: Filters, trashed = false): Wanted => ({
  ...filters,
  deep: isFiltered(filters),
  trashed,
})
