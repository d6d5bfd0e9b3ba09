/** Events as lines of a story: which words, with what in them. Pure. */
import type { ClaimEvent } from './steps'

export interface StoryLine {
  id: number
  at: string
  by: ClaimEvent['by']
  /** Key in `words.event`. */
  key: string
  name: string
  text: string
  /** What a person said beside it. */
  said: string
}

const KNOWN = new Set(
  [
    'submitted',
    'quarantined',
    'cancelled',
    'answered',
    'approved',
    'rejected',
    'appealed',
    'reopened',
  ].map((each) => `claim.${each}`),
)

export function storyOf(events: readonly ClaimEvent[]): StoryLine[] {
  return events.map((event) => {
    const text = (name: string): string => {
      const value = event.detail[name]
      return typeof value === 'string' ? value : ''
    }
    const said = event.action === 'claim.asked' ? '' : text('reason')
    const { id, at, by } = event
    return { id, at, by, key: keyOf(event, text), name: text('name'), text: text('question'), said }
  })
}

function keyOf(event: ClaimEvent, text: (name: string) => string): string {
  const plain = event.action.replace('.', '_')
  switch (event.action) {
    case 'claim.read':
      return event.detail.failed === event.detail.files && Number(event.detail.files) > 0
        ? `${plain}_failed`
        : plain
    case 'claim.asked':
      return plain
    case 'claim.decided':
      return text('applied') === 'approved' ? `${plain}_approved` : `${plain}_waiting`
    case 'claim.released':
      return text('to') === 'person' || text('to') === 'waiting'
        ? `${plain}_person`
        : `${plain}_machine`
    case 'claim.overridden':
      return text('to') === 'approved' || text('to') === 'approve'
        ? `${plain}_approved`
        : `${plain}_rejected`
    default:
      return KNOWN.has(event.action) ? plain : 'other'
  }
}
