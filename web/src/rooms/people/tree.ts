/** Departments as a tree, and as lines in its order. Pure. */
import type { Shape } from '@/api/client'

export type Department = Shape<'DepartmentOut'>

export interface Line {
  department: Department
  depth: number
  /** From the top down, for lists without indentation. */
  path: string
}

/** All departments, parents before children; one whose parent is missing stands at the top. */
export function linesOf(departments: readonly Department[]): Line[] {
  const ids = new Set(departments.map((each) => each.id))
  const below = new Map<string, Department[]>()
  for (const each of departments) {
    const parent = each.parent !== null && ids.has(each.parent) ? each.parent : ''
    below.set(parent, [...(below.get(parent) ?? []), each])
  }
  const lines: Line[] = []
  const walk = (parent: string, depth: number, before: string): void => {
    for (const department of below.get(parent) ?? []) {
      const path = before ? `${before} / ${department.name}` : department.name
      lines.push({ department, depth, path })
      walk(department.id, depth + 1, path)
    }
  }
  walk('', 0, '')
  return lines
}

/** A department and all below it: where it cannot be moved to. */
export function branchOf(id: string, departments: readonly Department[]): Set<string> {
  const branch = new Set([id])
  let grew = true
  while (grew) {
    grew = false
    for (const each of departments)
      if (each.parent !== null && branch.has(each.parent) && !branch.has(each.id)) {
        branch.add(each.id)
        grew = true
      }
  }
  return branch
}
