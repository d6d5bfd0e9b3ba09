/** Which rows are chosen, by hand or in ranges. Pure. */

export interface Selection {
  ids: ReadonlySet<string>
  /** From where a range goes on. */
  anchor: string | null
}

export const nothingChosen: Selection = { ids: new Set(), anchor: null }

/** One more, or one less. */
export function toggled(now: Selection, id: string): Selection {
  const ids = new Set(now.ids)
  if (!ids.delete(id)) ids.add(id)
  return { ids, anchor: id }
}

/** All from the anchor to this one, in the order of the rows. */
export function ranged(now: Selection, id: string, rows: readonly string[]): Selection {
  const from = now.anchor === null ? -1 : rows.indexOf(now.anchor)
  const to = rows.indexOf(id)
  if (from < 0 || to < 0) return toggled(now, id)
  const range = rows.slice(Math.min(from, to), Math.max(from, to) + 1)
  return { ids: new Set([...now.ids, ...range]), anchor: now.anchor }
}

/** Without those that are not listed any more. */
export function kept(now: Selection, rows: readonly string[]): Selection {
  const known = new Set(rows)
  const ids = [...now.ids].filter((id) => known.has(id))
  return ids.length === now.ids.size ? now : { ids: new Set(ids), anchor: now.anchor }
}
