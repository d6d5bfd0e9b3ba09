/** A question to documents and its answer, as it comes: sentences, each with its quotes. Pure. */
import type { Box } from '@/ui/papers'
import { problemOf, type Problem } from '@/api/problem'
import type { Found } from '../api'

export interface Quote {
  n: number
  document: string
  name: string
  title: string
  file_at: number
  page: number
  box: Box
  text: string
  /** What the words are called there: a field, the head of a row. */
  label: string
}

/** Something to know about an answer. */
export interface Note {
  code: string
  message: string
  message_zh: string
}

export interface Sentence {
  text: string
  quotes: number[]
  supported: boolean
}

export type TurnState = 'looking' | 'writing' | 'answered' | 'not_found' | 'stopped' | 'failed'

export interface Turn {
  id: number
  question: string
  state: TurnState
  sentences: Sentence[]
  quotes: Quote[]
  notes: Note[]
  /** Whether a model wrote it, or it is made of quotes alone. */
  by: 'quotes' | 'model' | null
  /** What of the shelf was looked through. */
  index: Pick<Found, 'index' | 'waiting'>
  problem: Problem | null
}

export const SENTENCES_MAX = 400

export const asked = (id: number, question: string): Turn => ({
  id,
  question,
  state: 'looking',
  sentences: [],
  quotes: [],
  notes: [],
  by: null,
  index: { index: 'fresh', waiting: 0 },
  problem: null,
})

type Fields = Record<string, unknown>
const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {}

function parsed(data: string): Fields | null {
  try {
    return fieldsOf(JSON.parse(data))
  } catch {
    return null
  }
}

/** One event of the stream. */
export function heard(turn: Turn, name: string, data: string): Turn {
  const told = parsed(data)
  if (told === null) return turn
  if (name === 'found')
    return { ...turn, state: 'writing', quotes: quotesIn(told), index: indexIn(told) }
  if (name === 'sentence')
    return { ...turn, state: 'writing', sentences: withSentence(turn.sentences, told) }
  if (name === 'error') return failed(turn, problemOf(Number(told.status ?? 502), told))
  return name === 'done' ? finished(turn, told) : turn
}

function finished(turn: Turn, told: Fields): Turn {
  const quotes = quotesIn(told)
  const found = told.status !== 'not_found'
  // The last word: what went out of reach while it was answered is not in it any more.
  const sentences = Array.isArray(told.sentences)
    ? told.sentences.reduce<Sentence[]>((all, each) => withSentence(all, fieldsOf(each)), [])
    : turn.sentences
  return {
    ...turn,
    state: found ? 'answered' : 'not_found',
    quotes: quotes.length > 0 || found ? quotes : turn.quotes,
    sentences: found ? sentences : [],
    notes: Array.isArray(told.notes) ? (told.notes as Note[]) : [],
    by: told.by === 'model' || told.by === 'quotes' ? told.by : null,
  }
}

const indexIn = (told: Fields): Turn['index'] => ({
  index: told.index === 'behind' || told.index === 'broken' ? told.index : 'fresh',
  waiting: Number(told.waiting ?? 0) || 0,
})

const quotesIn = (told: Fields): Quote[] =>
  Array.isArray(told.quotes) ? (told.quotes as Quote[]) : []

function withSentence(sentences: Sentence[], told: Fields): Sentence[] {
  if (sentences.length >= SENTENCES_MAX || typeof told.text !== 'string') return sentences
  const quotes = Array.isArray(told.quotes) ? told.quotes.map(Number) : []
  return [...sentences, { text: told.text, quotes, supported: told.supported === true }]
}

export const failed = (turn: Turn, problem: Problem): Turn => ({
  ...turn,
  state: 'failed',
  problem,
})

/** The stream is over: whoever stopped it, or nobody. */
export function ended(turn: Turn, stopped: boolean): Turn {
  if (turn.state !== 'looking' && turn.state !== 'writing') return turn
  if (stopped) return { ...turn, state: 'stopped' }
  return failed(turn, problemOf(502, { code: 'answer_cut_short' }))
}

export const answerOf = (turn: Turn): string =>
  turn.sentences
    .filter((each) => each.supported)
    .map((each) => each.text.trim())
    .join(' ')

/** The quotes that the answer stands on, by number; without an answer, all. */
export function usedQuotes(turn: Turn): Quote[] {
  const used = new Set(turn.sentences.flatMap((each) => each.quotes))
  return turn.sentences.length === 0 ? turn.quotes : turn.quotes.filter((each) => used.has(each.n))
}

const EARLIER_MAX = 6
const ANSWER_CHARACTERS_MAX = 8_000

export interface Earlier {
  question: string
  answer: string
  documents: string[]
}

/** What was asked and answered before, for a question that follows. */
export const earlierOf = (turns: readonly Turn[]): Earlier[] =>
  turns
    .filter((each) => each.state === 'answered' || each.state === 'not_found')
    .slice(-EARLIER_MAX)
    .map((each) => ({
      question: each.question,
      answer: answerOf(each).slice(0, ANSWER_CHARACTERS_MAX),
      documents: [...new Set(usedQuotes(each).map((quote) => quote.document))],
    }))

/** The answer with its quotes as text to be taken along. */
export function cited(turn: Turn, line: (quote: Quote) => string): string {
  const body = turn.sentences
    .map((each) => `${each.text.trim()}${each.quotes.map((n) => `[${n}]`).join('')}`)
    .join(' ')
  const notes = usedQuotes(turn).map((each) => `[${each.n}] ${line(each)}\n“${each.text.trim()}”`)
  return [body, ...notes].filter(Boolean).join('\n\n')
}
