/** A claim before it is handed in: its papers and what is said about them. Pure. */
import type { Media } from './media'
import type { Hint } from '../picture/measure'

/** What the desk says of a file that it has taken in. */
export interface Trouble {
  code: string
  message: string
  remedy: string
}

/**
 * waiting: to be sent; sending; sent: the desk has it; refused: the desk will not take it, ever;
 * held: goes with the claim itself.
 */
export type PaperState = 'waiting' | 'sending' | 'sent' | 'refused'

/** One file of a draft. Its bytes lie in the shelf under its id. */
export interface Paper {
  id: string
  name: string
  media: Media
  bytes: number
  /** A hash of the original's bytes, to find the same file twice. */
  mark: string
  /** How it looks, to find the same picture twice; empty for what is no picture. */
  look: string
  hints: Hint[]
  /** What is sent is the edited picture; the original is kept beside it. */
  edited: boolean
  state: PaperState
  /** The desk's id of it. */
  upload: string | null
  trouble: Trouble | null
}

export interface Draft {
  /** The Idempotency-Key: however often it is handed in, it becomes one claim. */
  key: string
  papers: Paper[]
  category: string
  note: string
  /** The day to judge for, YYYY-MM-DD; empty: today. */
  on: string
  /** The submitter's own answers for doubtful fields, by `spot`. */
  said: Record<string, string>
  /** It was sent and no answer came yet: it goes on by itself. */
  handing: boolean
}

export const emptyDraft = (key: string): Draft => ({
  key,
  papers: [],
  category: '',
  note: '',
  on: '',
  said: {},
  handing: false,
})

/** A draft as it comes back after a reload: what was on its way is sent again. */
export const resumed = (draft: Draft): Draft => ({
  ...draft,
  papers: draft.papers.map((paper) =>
    paper.state === 'sending' ? { ...paper, state: 'waiting' } : paper,
  ),
})

export const isEmpty = (draft: Draft): boolean =>
  draft.papers.length === 0 && draft.note.trim() === '' && draft.category === ''

/** One step of a paper; anything that does not fit the state it is in changes nothing. */
export type Step =
  | { to: 'sending' }
  | { to: 'sent'; upload: string }
  | { to: 'waiting' }
  | { to: 'refused'; trouble: Trouble }
  | { to: 'edited'; bytes: number; look: string; hints: Hint[]; edited: boolean }

const FROM: Record<Step['to'], readonly PaperState[]> = {
  sending: ['waiting'],
  sent: ['sending'],
  waiting: ['sending', 'refused', 'sent'],
  refused: ['sending'],
  edited: ['waiting', 'sending', 'sent', 'refused'],
}

export function stepped(paper: Paper, step: Step): Paper {
  if (!FROM[step.to].includes(paper.state)) return paper
  switch (step.to) {
    case 'sending':
      return { ...paper, state: 'sending', trouble: null }
    case 'sent':
      return { ...paper, state: 'sent', upload: step.upload, trouble: null }
    case 'waiting':
      return { ...paper, state: 'waiting', upload: null, trouble: null }
    case 'refused':
      return { ...paper, state: 'refused', upload: null, trouble: step.trouble }
    case 'edited': {
      const { bytes, look, hints, edited } = step
      const fresh = { state: 'waiting' as const, upload: null, trouble: null }
      return { ...paper, ...fresh, bytes, look, hints, edited }
    }
  }
}

/** Why a draft cannot be handed in now, or null where it can. */
export type Obstacle = 'no_papers' | 'refused' | 'sending'

export function obstacle(draft: Draft): Obstacle | null {
  if (draft.papers.length === 0) return 'no_papers'
  if (draft.papers.some((paper) => paper.state === 'refused')) return 'refused'
  if (draft.papers.some((paper) => paper.state !== 'sent')) return 'sending'
  return null
}

/** Where in a draft an answer belongs. */
export interface Spot {
  upload: string
  file_at: number
  reading_at: number
  field: string
}

export const spotKey = (spot: Spot): string =>
  [spot.upload, spot.file_at, spot.reading_at, spot.field].join('/')

/** The answers as they are sent: only those about papers that are still there. */
export function saidOf(draft: Draft): Array<Spot & { value: string }> {
  const there = new Set(draft.papers.map((paper) => paper.upload))
  return Object.entries(draft.said).flatMap(([key, value]) => {
    const [upload = '', file = '', reading = '', field = ''] = key.split('/')
    if (!there.has(upload) || value.trim() === '') return []
    const spot = { upload, file_at: Number(file), reading_at: Number(reading), field }
    return [{ ...spot, value: value.trim() }]
  })
}
