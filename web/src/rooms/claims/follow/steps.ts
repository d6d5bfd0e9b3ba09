/** Where a claim is on its way: from what happened to it, to four steps. Pure. */
import type { Shape } from '@/api/client'

export type ClaimEvent = Shape<'EventShown'>
export type Status = Shape<'ClaimShown'>['status']
export type StepName = 'received' | 'reading' | 'checking' | 'decided'
export type StepState = 'done' | 'now' | 'next' | 'stopped'

export interface WayStep {
  name: StepName
  state: StepState
  /** Of the reading: files read, and how many there are. */
  read: number
  files: number
}

export interface Way {
  steps: WayStep[]
  /** 0 to 1, for a bar. */
  share: number
}

const NAMES: readonly StepName[] = ['received', 'reading', 'checking', 'decided']

/** Files that were read; one that an answer added counts beside those before it. */
export function filesRead(events: readonly ClaimEvent[]): number {
  return events.filter((event) => event.action === 'claim.read').length
}

/** The way of a claim with so many files, as its events tell it. */
export function wayOf(status: Status, events: readonly ClaimEvent[], files: number): Way {
  const read = Math.min(filesRead(events), files)
  const at = placeOf(status, read, files)
  const stopped = status === 'quarantined' || status === 'cancelled'
  const steps = NAMES.map((name, place): WayStep => {
    const state = place < at ? 'done' : place > at ? 'next' : stopped ? 'stopped' : 'now'
    return { name, state, read, files }
  })
  const part = at === 1 && files > 0 ? read / files : 0
  return { steps, share: Math.min(1, (at + part) / NAMES.length) }
}

/** Which step it stands at; `NAMES.length` means that all are done. */
function placeOf(status: Status, read: number, files: number): number {
  if (status === 'approved' || status === 'rejected') return NAMES.length
  // The machine has done its part: a person decides.
  if (status === 'waiting' || status === 'asked' || status === 'appealed') return 3
  return read < files ? 1 : 2
}

/** Events in their order, each once, however often the line broke. */
export function joined(
  known: readonly ClaimEvent[],
  fresh: readonly ClaimEvent[],
): readonly ClaimEvent[] {
  const last = known.at(-1)?.id ?? 0
  const next = fresh.filter((event) => event.id > last)
  return next.length === 0 ? known : [...known, ...next]
}

/** What of the claim's own answer is out of date after such an event. */
export const changesClaim = (action: string): boolean => action !== 'claim.submitted'
