/** What was done to a policy, step by step, to undo and redo. Pure. */
import type { Jdm } from './jdm'

export const STEPS_MAX = 200
const TYPING_MS = 1500

export interface History {
  past: readonly Jdm[]
  present: Jdm
  future: readonly Jdm[]
  /** What the last step changed: typing on in the same cell is one step. */
  touched: string
  at: number
}

export const begun = (jdm: Jdm): History => ({
  past: [],
  present: jdm,
  future: [],
  touched: '',
  at: 0,
})

/** With one more step. touched: a name of what it changed; '' always begins a step of its own. */
export function done(history: History, next: Jdm, touched: string, now: number): History {
  if (next === history.present) return history
  const same = touched !== '' && touched === history.touched && now - history.at < TYPING_MS
  const past = same ? history.past : [...history.past, history.present].slice(-STEPS_MAX)
  return { past, present: next, future: [], touched, at: now }
}

export function undone(history: History): History {
  const before = history.past.at(-1)
  if (before === undefined) return history
  return {
    past: history.past.slice(0, -1),
    present: before,
    future: [history.present, ...history.future],
    touched: '',
    at: 0,
  }
}

export function redone(history: History): History {
  const after = history.future[0]
  if (after === undefined) return history
  return {
    past: [...history.past, history.present],
    present: after,
    future: history.future.slice(1),
    touched: '',
    at: 0,
  }
}
