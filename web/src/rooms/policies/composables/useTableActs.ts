/** Changing one table of an editor, at its active cell. */
import type { ShallowRef } from 'vue'
import {
  addColumn,
  addRow,
  deleteColumn,
  deleteRow,
  duplicateRow,
  moveRow,
  ROW_NAME,
  setCell,
  type Place,
  type Table,
} from '../jdm'
import type { Editor } from './useEditor'
import type { RowAct } from './useGridKeys'

/** Says what happened: a key of the words, and a number in it. */
type Say = (key: string, n: number) => void

export function useTableActs(
  editor: () => Editor | undefined,
  table: () => Table,
  active: ShallowRef<Place | null>,
  say: Say,
) {
  function set(text: string): void {
    const to = editor()
    const at = active.value
    if (to && at) to.change(setCell(to.jdm.value, at, text), `${at.table} ${at.row} ${at.column}`)
  }

  const stand = (row: number): void => {
    const column = active.value?.column ?? ROW_NAME
    active.value = { table: table().id, row, column }
  }

  function move(to: Editor, from: number, by: number): void {
    const next = moveRow(to.jdm.value, table().id, from, from + by)
    if (next === to.jdm.value) return
    to.change(next)
    stand(from + by)
    say('moved', from + by + 1)
  }

  function act(wanted: RowAct): void {
    const to = editor()
    if (!to) return
    const id = table().id
    const rows = table().content.rules.length
    const row = active.value?.table === id ? active.value.row : rows - 1
    if (wanted === 'undo') to.undo()
    else if (wanted === 'redo') to.redo()
    else if (wanted === 'up') move(to, row, -1)
    else if (wanted === 'down') move(to, row, 1)
    else if (wanted === 'delete') {
      to.change(deleteRow(to.jdm.value, id, row))
      stand(Math.min(row, Math.max(0, rows - 2)))
      say('deleted', row + 1)
    } else {
      const change = wanted === 'add' ? addRow : duplicateRow
      to.change(change(to.jdm.value, id, wanted === 'add' ? row + 1 : row))
      stand(row + 1)
      say('added', row + 2)
    }
  }

  function addFact(fact: string, name: string): void {
    const to = editor()
    if (to) to.change(addColumn(to.jdm.value, table().id, fact, name))
  }

  function dropColumn(): void {
    const to = editor()
    const column = active.value?.column
    if (!to || !column) return
    to.change(deleteColumn(to.jdm.value, table().id, column))
    active.value = null
  }

  return { set, act, addFact, dropColumn }
}
