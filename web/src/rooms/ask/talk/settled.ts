/** A conversation as it is found again: what was still being answered then was cut off. Pure. */
import type { Conversation } from './conversation'

export function settled(conversation: Conversation): Conversation {
  const turns = conversation.turns.map((turn) =>
    turn.answer.state === 'asking'
      ? {
          ...turn,
          answer: {
            ...turn.answer,
            state: 'broken' as const,
            trouble: { status: 0, code: 'answer_cut_short', message: '' },
          },
        }
      : turn,
  )
  return { ...conversation, turns }
}
