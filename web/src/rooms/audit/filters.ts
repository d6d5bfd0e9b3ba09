/** What is sought in the record, as the address holds it. Pure. */
export interface Filters {
  /** A subject or an actor. */
  about: string
  action: string
  actor: string
  /** Days, `YYYY-MM-DD`, both included; empty: open. */
  from: string
  to: string
}

const DAY = /^\d{4}-\d{2}-\d{2}$/
const LENGTH_MAX = 128

export const EMPTY: Filters = { about: '', action: '', actor: '', from: '', to: '' }

/** The filters in an address's query; what makes no sense is left out. */
export function filtersIn(query: Readonly<Record<string, unknown>>): Filters {
  const text = (name: string): string => {
    const value = query[name]
    return typeof value === 'string' ? value.trim().slice(0, LENGTH_MAX) : ''
  }
  const day = (name: string): string => (DAY.test(text(name)) ? text(name) : '')
  return {
    about: text('about'),
    action: text('action'),
    actor: text('actor'),
    from: day('from'),
    to: day('to'),
  }
}

/** The same as an address's query: only what is set. */
export const queryOf = (filters: Filters): Record<string, string> =>
  Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== ''))

/** The same as the server asks for it: days of the reader's zone become moments. */
export function askedOf(filters: Filters): Record<string, string> {
  const asked: Record<string, string> = {}
  if (filters.about) asked.about = filters.about
  if (filters.action) asked.action = filters.action
  if (filters.actor) asked.actor = filters.actor
  if (filters.from) asked.since = startOf(filters.from, 0)
  if (filters.to) asked.until = startOf(filters.to, 1)
  return asked
}

/** Where a file of these entries is. */
export const exportOf = (filters: Filters, format: 'ndjson' | 'csv'): string =>
  `/api/audit/export?${new URLSearchParams({ ...askedOf(filters), format })}`

/** The beginning of a day, or of one some days later, here. */
function startOf(day: string, later: number): string {
  const [year, month, date] = day.split('-').map(Number)
  return new Date(year ?? 0, (month ?? 1) - 1, (date ?? 1) + later).toISOString()
}
