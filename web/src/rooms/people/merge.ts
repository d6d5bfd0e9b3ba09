/** A form whose ground moved: what I changed stays mine, the rest becomes theirs. Pure. */

export interface Merged<T> {
  form: T
  /** Fields that both changed, each in another way: mine stands in the form. */
  both: (keyof T)[]
}

const same = (left: unknown, right: unknown): boolean =>
  JSON.stringify(left) === JSON.stringify(right)

export function merge<T extends object>(base: T, mine: T, theirs: T): Merged<T> {
  const form = { ...theirs }
  const both: (keyof T)[] = []
  for (const field of Object.keys(mine) as (keyof T)[]) {
    if (same(mine[field], base[field])) continue
    form[field] = mine[field]
    if (!same(theirs[field], base[field]) && !same(theirs[field], mine[field])) both.push(field)
  }
  return { form, both }
}

/** The fields of a form that are not as they were. */
export function changes<T extends object>(base: T, mine: T): Partial<T> {
  const changed: Partial<T> = {}
  for (const field of Object.keys(mine) as (keyof T)[])
    if (!same(mine[field], base[field])) changed[field] = mine[field]
  return changed
}
