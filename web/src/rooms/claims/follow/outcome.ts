/** Which words tell how a claim stands and what comes next. Pure. */
import type { Shape } from '@/api/client'

type Claim = Pick<Shape<'ClaimShown'>, 'status' | 'origin' | 'possible'>

export interface Standing {
  /** Key in `words.head`. */
  head: string
  /** Key in `words.next`. */
  next: string
  tone: 'primary' | 'warning' | 'success' | 'danger' | 'info'
}

/** own: whether the submitter looks; only they can appeal. */
export function standingOf(claim: Claim, own: boolean): Standing {
  switch (claim.status) {
    case 'approved': {
      const key = claim.origin === 'automatic' ? 'approvedAutomatic' : 'approvedPerson'
      return { head: key, next: key, tone: 'success' }
    }
    case 'rejected': {
      const last = own && !claim.possible.includes('appeal')
      return { head: 'rejected', next: last ? 'rejectedFinal' : 'rejected', tone: 'danger' }
    }
    case 'received':
    case 'waiting':
      return { head: claim.status, next: claim.status, tone: 'primary' }
    case 'cancelled':
      return { head: 'cancelled', next: 'cancelled', tone: 'info' }
    default:
      return { head: claim.status, next: claim.status, tone: 'warning' }
  }
}

/** Whether what the program suggests may be told beside it: while a person has not decided. */
export const showsSuggestion = (claim: Claim): boolean =>
  claim.status === 'waiting' || claim.status === 'asked' || claim.status === 'appealed'
