/** What was heard of a streamed answer so far: events and comments, one after the other. Pure. */
import type { Answer, Tokens, Trouble } from './conversation'

/** How far it is before the first word. `place`: in the queue, from 1. */
export interface Stage {
  name: 'sending' | 'waiting' | 'queued' | 'reading' | 'answering'
  place: number
}

export interface Heard {
  stage: Stage
  text: string
  finish: string
  model: string
  cache: string
  tries: number
  tokens: Tokens | null
  trouble: Trouble | null
  /** The status that a failure in the stream would have had. */
  failed: { status: number; waitSeconds?: number } | null
  /** It came to its end, and well. */
  done: boolean
}

export const ANSWER_CHARACTERS_MAX = 1_000_000
const STAGES = new Set(['waiting', 'queued', 'reading', 'answering'])

export const nothingHeard = (): Heard => ({
  stage: { name: 'sending', place: 0 },
  text: '',
  finish: '',
  model: '',
  cache: '',
  tries: 1,
  tokens: null,
  trouble: null,
  failed: null,
  done: false,
})

type Fields = Record<string, unknown>
const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {}
const textIn = (value: unknown): string => (typeof value === 'string' ? value : '')
const numberIn = (value: unknown): number =>
  typeof value === 'number' && Number.isFinite(value) ? value : 0

function parsed(text: string): Fields | null {
  try {
    return fieldsOf(JSON.parse(text))
  } catch {
    return null
  }
}

/** The headers tell who answers, where that was known when they left. */
export function heardHeaders(heard: Heard, headers: Pick<Headers, 'get'>): Heard {
  const model = headers.get('x-yuepi-route')
  return {
    ...heard,
    stage: { name: model ? 'answering' : 'waiting', place: 0 },
    model: model ?? heard.model,
    cache: headers.get('x-yuepi-cache') ?? heard.cache,
  }
}

/** `yuepi {"state":"queued","place":2}`: how far it is; other comments say nothing. */
export function heardComment(heard: Heard, comment: string): Heard {
  const json = /^\s*yuepi\s+(\{.*\})\s*$/.exec(comment)?.[1]
  const told = json === undefined ? null : parsed(json)
  if (told === null) return heard
  const name = textIn(told.state)
  if (name === 'failed') {
    const wait = numberIn(told.retry_after_s)
    const failed = { status: numberIn(told.status), ...(wait > 0 ? { waitSeconds: wait } : {}) }
    return { ...heard, failed }
  }
  if (!STAGES.has(name)) return heard
  const stage = { name, place: numberIn(told.place) } as Stage
  if (name !== 'answering') return { ...heard, stage }
  return {
    ...heard,
    stage,
    model: textIn(told.model) || heard.model,
    cache: textIn(told.cache) || heard.cache,
    tries: numberIn(told.tries) || heard.tries,
  }
}

/** One event's data: a piece of the answer, the tokens, a failure, or `[DONE]`. */
export function heardEvent(heard: Heard, data: string): Heard {
  if (data.trim() === '[DONE]') return { ...heard, done: true }
  const told = parsed(data)
  if (told === null) return heard
  if (told.error) return { ...heard, trouble: troubleOf(fieldsOf(told.error), heard) }
  const choice = fieldsOf(Array.isArray(told.choices) ? told.choices[0] : null)
  const text = heard.text + textIn(fieldsOf(choice.delta).content)
  return {
    ...heard,
    stage: { name: 'answering', place: 0 },
    text: text.slice(0, ANSWER_CHARACTERS_MAX),
    finish: textIn(choice.finish_reason) || heard.finish,
    tokens: tokensOf(fieldsOf(told.usage)) ?? heard.tokens,
  }
}

function tokensOf(usage: Fields): Tokens | null {
  if (typeof usage.prompt_tokens !== 'number') return null
  return { prompt: usage.prompt_tokens, completion: numberIn(usage.completion_tokens) }
}

function troubleOf(error: Fields, heard: Heard): Trouble {
  return {
    status: heard.failed?.status || 502,
    code: textIn(error.code) || 'engine_broke',
    message: textIn(error.message),
    ...(heard.failed?.waitSeconds ? { waitSeconds: heard.failed.waitSeconds } : {}),
  }
}

/** The trouble in a refused request's body, in OpenAI's shape. */
export function refusalOf(status: number, body: unknown, retryAfter: string | null): Trouble {
  const told = fieldsOf(body)
  const error = fieldsOf(told.error)
  const wait = Number(retryAfter ?? Number.NaN)
  return {
    status,
    // The desk's own refusals (no session, no right) are problem details, not OpenAI's errors.
    code: textIn(error.code) || textIn(told.code) || `http_${status}`,
    message: textIn(error.message) || textIn(told.detail),
    ...(Number.isFinite(wait) && wait > 0 ? { waitSeconds: wait } : {}),
  }
}

export type Ending = 'ended' | 'stopped' | Trouble

/** What is kept of it in the end. A stream that ends without saying so was cut off. */
export function answerOf(heard: Heard, ending: Ending, seconds: number): Answer {
  const cut: Trouble = { status: 502, code: 'answer_cut_short', message: '' }
  const trouble =
    ending === 'stopped'
      ? null
      : (heard.trouble ?? (ending === 'ended' ? (heard.done ? null : cut) : ending))
  const state = ending === 'stopped' ? 'stopped' : trouble === null ? 'done' : 'broken'
  const { text, finish, model, cache, tries, tokens } = heard
  return { state, text, finish, model, cache, tries, tokens, seconds, trouble }
}
