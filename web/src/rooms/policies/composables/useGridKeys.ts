/** The keys of a grid: arrows move, Enter edits, Delete clears, Alt with arrows moves the row. */
import type { Ref } from 'vue'
import type { Place } from '../jdm'

export type RowAct = 'up' | 'down' | 'duplicate' | 'add' | 'delete' | 'undo' | 'redo'

interface Parts {
  rows: () => number
  columns: () => readonly string[]
  table: () => string
  readonly: () => boolean
  active: Ref<Place | null>
  /** Begin editing, with what was typed. */
  edit: (first: string) => void
  clear: () => void
  act: (act: RowAct) => void
  /** Before the active cell goes elsewhere by keys. */
  moved: () => void
}

const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  PageUp: [-10, 0],
  PageDown: [10, 0],
  Home: [0, -1000],
  End: [0, 1000],
}

export function useGridKeys(parts: Parts) {
  const within = (at: number, size: number): number => Math.min(Math.max(at, 0), size - 1)

  function go(down: number, right: number): void {
    const columns = parts.columns()
    const from = parts.active.value
    const row = within((from?.row ?? 0) + down, parts.rows())
    const at = within(columns.indexOf(from?.column ?? '') + right, columns.length)
    parts.moved()
    parts.active.value = { table: parts.table(), row, column: columns[at] ?? '' }
  }

  function act(event: KeyboardEvent, wanted: RowAct): void {
    event.preventDefault()
    parts.moved()
    parts.act(wanted)
  }

  function change(event: KeyboardEvent): void {
    if (event.key === 'Enter' || event.key === 'F2') {
      event.preventDefault()
      parts.edit('')
    } else if (event.key === 'Delete' || event.key === 'Backspace') {
      event.preventDefault()
      parts.clear()
    } else if (event.key.length === 1 && event.key !== ' ' && event.key !== '?') {
      event.preventDefault()
      parts.edit(event.key)
    }
  }

  function withControl(event: KeyboardEvent): void {
    const key = event.key.toLowerCase()
    if (key === 'z') act(event, event.shiftKey ? 'redo' : 'undo')
    else if (key === 'y') act(event, 'redo')
    else if (key === 'd') act(event, 'duplicate')
    else if (key === 'enter') act(event, 'add')
  }

  function press(event: KeyboardEvent): void {
    if (event.isComposing) return
    const step = STEPS[event.key]
    if (!parts.readonly() && (event.ctrlKey || event.metaKey)) withControl(event)
    else if (!parts.readonly() && event.altKey && step && step[1] === 0)
      act(event, step[0] < 0 ? 'up' : 'down')
    else if (event.ctrlKey || event.metaKey || event.altKey) return
    else if (step) {
      event.preventDefault()
      go(...step)
    } else if (!parts.readonly()) change(event)
  }

  return { press }
}
