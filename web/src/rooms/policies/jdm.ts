/**
 * Decision tables as they are kept (JDM), and changing them. Pure: every change gives a new policy
 * that shares what it did not touch, and keeps whatever else an editor stored in it.
 */
export interface Column {
  id: string
  field: string
  name?: string
  [more: string]: unknown
}

export type Rule = Readonly<Record<string, string>>

export interface Content {
  hitPolicy: string
  inputs: readonly Column[]
  outputs: readonly Column[]
  rules: readonly Rule[]
  executionMode?: string
  [more: string]: unknown
}

export interface Table {
  id: string
  name: string
  type: string
  content: Content
  [more: string]: unknown
}

export interface Jdm {
  nodes: readonly (Table | { id: string; type: string })[]
  [more: string]: unknown
}

/** A cell: its table, row (from 0) and column, by id; `_id` is the row's name. */
export interface Place {
  table: string
  row: number
  column: string
}

export const ROW_NAME = '_id'
export const ROWS_MAX = 300
export const COLUMNS_MAX = 40
const TABLE = 'decisionTableNode'

/** The policy in what the server sent. */
export const jdmOf = (value: unknown): Jdm => {
  const found = value as Partial<Jdm> | null
  if (!found || !Array.isArray(found.nodes)) throw new TypeError('no decision tables')
  return found as Jdm
}

const isTable = (node: { type: string }): node is Table => node.type === TABLE

export const tablesOf = (jdm: Jdm): Table[] => jdm.nodes.filter(isTable)

export const tableOf = (jdm: Jdm, id: string): Table | undefined =>
  tablesOf(jdm).find((table) => table.id === id)

/** Whether its rows are tried on each document, and not once on the claim. */
export const perDocument = (table: Table): boolean => table.content.executionMode === 'loop'

export const columnsOf = (table: Table): readonly Column[] => [
  ...table.content.inputs,
  ...table.content.outputs,
]

export const cellAt = (jdm: Jdm, place: Place): string =>
  tableOf(jdm, place.table)?.content.rules[place.row]?.[place.column] ?? ''

/** The policy with one cell set; the same object where it says so already. */
export function setCell(jdm: Jdm, place: Place, text: string): Jdm {
  if (cellAt(jdm, place) === text) return jdm
  return withRules(jdm, place.table, (rules) =>
    rules.map((rule, at) => (at === place.row ? { ...rule, [place.column]: text } : rule)),
  )
}

/** A new row at that place; it refers to a person, and says nothing yet. */
export function addRow(jdm: Jdm, table: string, at: number): Jdm {
  const found = tableOf(jdm, table)
  if (!found || found.content.rules.length >= ROWS_MAX) return jdm
  const row: Record<string, string> = { [ROW_NAME]: freeName(found, 'new_rule') }
  for (const column of columnsOf(found))
    row[column.id] = column.field === 'outcome' ? '"refer"' : ''
  return withRules(jdm, table, (rules) => rules.toSpliced(at, 0, row))
}

/** The same row again, below, under a name of its own. */
export function duplicateRow(jdm: Jdm, table: string, at: number): Jdm {
  const found = tableOf(jdm, table)
  const row = found?.content.rules[at]
  if (!found || !row || found.content.rules.length >= ROWS_MAX) return jdm
  const again = { ...row, [ROW_NAME]: freeName(found, row[ROW_NAME] || 'rule') }
  return withRules(jdm, table, (rules) => rules.toSpliced(at + 1, 0, again))
}

/** Without that row; the last one of a table stays. */
export function deleteRow(jdm: Jdm, table: string, at: number): Jdm {
  if ((tableOf(jdm, table)?.content.rules.length ?? 0) < 2) return jdm
  return withRules(jdm, table, (rules) => rules.toSpliced(at, 1))
}

export function moveRow(jdm: Jdm, table: string, from: number, to: number): Jdm {
  const rules = tableOf(jdm, table)?.content.rules ?? []
  const row = rules[from]
  if (!row || to < 0 || to >= rules.length || from === to) return jdm
  return withRules(jdm, table, (all) => all.toSpliced(from, 1).toSpliced(to, 0, row))
}

/** A column for one more fact, empty in every row. */
export function addColumn(jdm: Jdm, table: string, field: string, name: string): Jdm {
  const found = tableOf(jdm, table)
  if (!found || found.content.inputs.length >= COLUMNS_MAX) return jdm
  const taken = new Set(columnsOf(found).map((column) => column.id))
  const column = { id: free(field, taken), name, field }
  return withContent(jdm, table, (content) => ({
    ...content,
    inputs: [...content.inputs, column],
    rules: content.rules.map((rule) => ({ ...rule, [column.id]: '' })),
  }))
}

/** Without a fact's column; the last one stays, and so do the outputs. */
export function deleteColumn(jdm: Jdm, table: string, id: string): Jdm {
  const inputs = tableOf(jdm, table)?.content.inputs ?? []
  if (inputs.length < 2 || !inputs.some((column) => column.id === id)) return jdm
  return withContent(jdm, table, (content) => ({
    ...content,
    inputs: content.inputs.filter((column) => column.id !== id),
    rules: content.rules.map((rule) =>
      Object.fromEntries(Object.entries(rule).filter(([key]) => key !== id)),
    ),
  }))
}

/** Whether two policies mean the same: the order of keys plays no part, that of rows does. */
export const sameJdm = (one: Jdm, other: Jdm): boolean =>
  one === other || canonical(one) === canonical(other)

export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}

const freeName = (table: Table, like: string): string =>
  free(like.replace(/_\d+$/, ''), new Set(table.content.rules.map((rule) => rule[ROW_NAME] ?? '')))

function free(like: string, taken: ReadonlySet<string>): string {
  if (!taken.has(like)) return like
  let at = 2
  while (taken.has(`${like}_${at}`)) at += 1
  return `${like}_${at}`
}

const withRules = (
  jdm: Jdm,
  table: string,
  change: (rules: readonly Rule[]) => readonly Rule[],
): Jdm => withContent(jdm, table, (content) => ({ ...content, rules: change(content.rules) }))

const withContent = (jdm: Jdm, id: string, change: (content: Content) => Content): Jdm => ({
  ...jdm,
  nodes: jdm.nodes.map((node) =>
    isTable(node) && node.id === id ? { ...node, content: change(node.content) } : node,
  ),
})
