/** The order of papers: moved by a button, a key or a hand. Pure. */

/** The list with the one at `from` moved to `to`; a place outside changes nothing. */
export function moved<Item>(list: readonly Item[], from: number, to: number): Item[] {
  const next = [...list]
  const inside = (at: number): boolean => at >= 0 && at < list.length
  if (!inside(from) || !inside(to) || from === to) return next
  next.splice(to, 0, ...next.splice(from, 1))
  return next
}

/** Where a paper lands that is dropped on another: `after` is its far half. */
export function landing(from: number, over: number, after: boolean): number {
  const gap = after ? over + 1 : over
  return gap > from ? gap - 1 : gap
}
