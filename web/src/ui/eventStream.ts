/**
 * Server-sent events through `send`: with the session, `Last-Event-ID` after a cut, and longer
 * waits between attempts. Ends with the server's `end`, by the signal, or by an answer that says no.
 */
import { EventSourceParserStream } from 'eventsource-parser/stream'
import { problemIn, send } from '@/api/client'
import { asProblem } from '@/api/problem'

export interface StreamEvent {
  id: string
  name: string
  data: string
}

const FIRST_WAIT_MS = 1_000
const LAST_WAIT_MS = 30_000

export const streamWaitMs = (failures: number): number =>
  Math.min(LAST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(Math.max(failures - 1, 0), 10))

export interface Followed {
  /** The id of the last event that is known already. */
  after?: string
  signal: AbortSignal
  take(event: StreamEvent): void
  /** Whether the line stands. */
  line?(up: boolean): void
}

/** Resolves when nothing more is expected; rejects with a `Problem` for what waiting cannot mend. */
export async function followEvents(path: string, followed: Followed): Promise<void> {
  let last = followed.after ?? ''
  let failures = 0
  const take = (event: StreamEvent): void => {
    failures = 0
    if (event.id) last = event.id
    if (event.name !== 'end') followed.take(event)
  }
  while (!followed.signal.aborted) {
    try {
      if (await readOnce(path, last, followed, take)) return
    } catch (error) {
      const problem = asProblem(error)
      if (followed.signal.aborted || problem.code === 'aborted') return
      if (!problem.passing) throw problem
    }
    followed.line?.(false)
    failures += 1
    await pause(streamWaitMs(failures), followed.signal)
  }
}

/** Whether the server said that this is all. */
async function readOnce(
  path: string,
  last: string,
  { signal, line }: Followed,
  take: (event: StreamEvent) => void,
): Promise<boolean> {
  const headers: Record<string, string> = { Accept: 'text/event-stream' }
  if (last) headers['Last-Event-ID'] = last
  const request = new Request(new URL(path, window.location.origin), { headers, signal })
  const response = await send(request)
  if (!response.ok) throw await problemIn(response)
  if (response.body === null) return true
  line?.(true)
  const events = response.body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array<ArrayBuffer>>)
    .pipeThrough(new EventSourceParserStream())
    .getReader()
  for (;;) {
    const { done, value } = await events.read()
    if (done) return false
    const event = { id: value.id ?? '', name: value.event ?? 'message', data: value.data }
    take(event)
    if (event.name === 'end') {
      void events.cancel()
      return true
    }
  }
}

/** Until the time is over, the line is back, or nobody waits any more. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      window.removeEventListener('online', end)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    window.addEventListener('online', end)
    signal.addEventListener('abort', end)
  })
}
