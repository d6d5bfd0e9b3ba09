/** A conversation about pictures: its turns, and what the desk is sent of it. Pure. */

export const TITLE_CHARACTERS = 60
export const QUESTION_CHARACTERS_MAX = 8_000

/** A picture as it is sent; its bytes lie apart, under `id`. */
export interface Picture {
  id: string
  name: string
  type: string
  bytes: number
  width: number
  height: number
  /** Of the file's bytes, so that the same one twice is noticed. */
  mark: string
}

/** Why an answer did not come, or not to its end. */
export interface Trouble {
  status: number
  code: string
  message: string
  waitSeconds?: number
}

/** stopped: by the person; broken: `trouble` tells why. What came until then is kept. */
export type AnswerState = 'asking' | 'done' | 'stopped' | 'broken'

export interface Tokens {
  prompt: number
  completion: number
}

export interface Answer {
  state: AnswerState
  text: string
  /** Why the model ended: `stop`, `length`, `content_filter`. */
  finish: string
  /** Which model answered; empty: it is not known. */
  model: string
  cache: string
  tries: number
  tokens: Tokens | null
  seconds: number
  trouble: Trouble | null
}

export interface Turn {
  id: string
  question: string
  /** Those that joined with this question; earlier ones are still there. */
  pictures: Picture[]
  /** The name that was asked. */
  model: string
  answer: Answer
}

export interface Conversation {
  id: string
  title: string
  /** Somebody gave it this title. */
  named: boolean
  turns: Turn[]
  at: number
}

export const noAnswer = (): Answer => ({
  state: 'asking',
  text: '',
  finish: '',
  model: '',
  cache: '',
  tries: 1,
  tokens: null,
  seconds: 0,
  trouble: null,
})

/** An id that nobody else has; `crypto.randomUUID` is there over TLS only. */
export function freshId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

export const freshConversation = (now: number): Conversation => ({
  id: freshId(),
  title: '',
  named: false,
  turns: [],
  at: now,
})

export const picturesOf = (conversation: Pick<Conversation, 'turns'>): Picture[] =>
  conversation.turns.flatMap((turn) => turn.pictures)

/** What a conversation is called until somebody names it: its first question. */
export function titleOf(conversation: Pick<Conversation, 'turns' | 'title' | 'named'>): string {
  if (conversation.named) return conversation.title
  const first = conversation.turns[0]?.question.replace(/\s+/g, ' ').trim() ?? ''
  const letters = [...first]
  return letters.length > TITLE_CHARACTERS
    ? `${letters.slice(0, TITLE_CHARACTERS - 1).join('')}…`
    : first
}

/** Whether all words are somewhere in its title, questions, answers or file names. */
export function isFound(conversation: Conversation, sought: string): boolean {
  const words = sought.toLocaleLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return true
  const said = conversation.turns.flatMap((turn) => [
    turn.question,
    turn.answer.text,
    ...turn.pictures.map((picture) => picture.name),
  ])
  const all = [titleOf(conversation), ...said].join('\n').toLocaleLowerCase()
  return words.every((word) => all.includes(word))
}

type Part = { type: 'text'; text: string } | { type: 'image_url'; image_url: { url: string } }
export interface Message {
  role: 'user' | 'assistant'
  content: string | Part[]
}

export interface ChatBody {
  model: string
  stream: true
  stream_options: { include_usage: true }
  temperature?: number
  messages: Message[]
}

/**
 * All that was said, as it is sent: `url` gives each picture's data URI. A question without an
 * answer is left out, but its pictures go with the next one; the last turn is what is asked.
 */
export function messagesOf(turns: readonly Turn[], url: (picture: Picture) => string): Message[] {
  const messages: Message[] = []
  let carried: Picture[] = []
  turns.forEach((turn, at) => {
    const last = at === turns.length - 1
    carried = [...carried, ...turn.pictures]
    if (!last && turn.answer.text.trim() === '') return
    messages.push({ role: 'user', content: contentOf(turn.question, carried.map(url)) })
    carried = []
    if (!last) messages.push({ role: 'assistant', content: turn.answer.text })
  })
  return messages
}

const contentOf = (question: string, urls: readonly string[]): string | Part[] =>
  urls.length === 0
    ? question
    : [
        ...urls.map((url): Part => ({ type: 'image_url', image_url: { url } })),
        { type: 'text', text: question },
      ]

/**
 * The body of the request for the last turn. Temperature 0 lets an equal question be answered from
 * memory; `anew`: think again.
 */
export function bodyOf(
  turns: readonly Turn[],
  url: (picture: Picture) => string,
  anew = false,
): ChatBody {
  return {
    model: turns.at(-1)?.model ?? '',
    stream: true,
    stream_options: { include_usage: true },
    ...(anew ? {} : { temperature: 0 }),
    messages: messagesOf(turns, url),
  }
}
