/** Asks the desk and listens to the answer. */
import { createParser } from 'eventsource-parser'
import { send } from '@/api/client'
import { asProblem } from '@/api/problem'
import type { Answer, ChatBody, Trouble } from './conversation'
import {
  answerOf,
  heardComment,
  heardEvent,
  heardHeaders,
  nothingHeard,
  refusalOf,
  type Ending,
  type Heard,
} from './heard'

export const CHAT_PATH = '/v1/chat/completions'

interface Listening {
  conversation: string
  signal: AbortSignal
  heard: (heard: Heard) => void
}

/** The whole answer in the end, whatever became of it; never rejects. */
export async function askDesk(body: ChatBody, listening: Listening): Promise<Answer> {
  const began = performance.now()
  let heard = nothingHeard()
  const hear = (next: Heard): void => {
    heard = next
    listening.heard(next)
  }
  const end = (ending: Ending): Answer =>
    answerOf(heard, ending, (performance.now() - began) / 1_000)
  try {
    const response = await send(requestOf(body, listening))
    if (!response.ok || response.body === null) return end(await refused(response))
    hear(heardHeaders(heard, response.headers))
    const parser = createParser({
      onEvent: (event) => hear(heardEvent(heard, event.data)),
      onComment: (comment) => hear(heardComment(heard, comment)),
    })
    const pieces = response.body.pipeThrough(new TextDecoderStream()).getReader()
    listening.signal.addEventListener('abort', () => void pieces.cancel().catch(() => undefined))
    for (;;) {
      const { done, value } = await pieces.read()
      if (done) return end(listening.signal.aborted ? 'stopped' : 'ended')
      parser.feed(value)
    }
  } catch (error) {
    if (listening.signal.aborted) return end('stopped')
    const { status, code, message } = asProblem(error)
    return end({ status, code, message })
  }
}

const requestOf = (body: ChatBody, { conversation, signal }: Listening): Request =>
  new Request(new URL(CHAT_PATH, window.location.origin), {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'X-Conversation-Id': conversation,
      'X-Yuepi-Progress': '1',
    },
    body: JSON.stringify(body),
    signal,
  })

async function refused(response: Response): Promise<Trouble> {
  const body: unknown = await response.json().catch(() => null)
  return refusalOf(response.status, body, response.headers.get('retry-after'))
}
