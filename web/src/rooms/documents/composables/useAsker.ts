/** Asking documents: one question after the other, each answered while one looks on. */
import { createParser } from 'eventsource-parser'
import { computed, onScopeDispose, shallowRef, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { problemIn, send } from '@/api/client'
import { asProblem } from '@/api/problem'
import { ASK_PATH } from '../api'
import { asked, earlierOf, ended, failed, heard, type Turn } from '../asking/talk'

export interface AskedAbout {
  documents: readonly string[]
  folder: string | null
}

export function useAsker(about: Ref<AskedAbout>, answered: (turn: Turn) => void) {
  const { locale } = useI18n({ useScope: 'global' })
  const turns = shallowRef<readonly Turn[]>([])
  let stopping: AbortController | null = null
  let made = 0

  const busy = computed(() =>
    turns.value.some((each) => each.state === 'looking' || each.state === 'writing'),
  )
  const put = (turn: Turn): void =>
    void (turns.value = turns.value.map((each) => (each.id === turn.id ? turn : each)))

  async function ask(question: string): Promise<void> {
    if (question === '' || busy.value) return
    const earlier = earlierOf(turns.value)
    let turn = asked(++made, question)
    turns.value = [...turns.value, turn]
    const control = new AbortController()
    stopping = control
    const hear = (next: Turn): void => put((turn = next))
    try {
      await listen(bodyOf(question, earlier), control.signal, (name, data) =>
        hear(heard(turn, name, data)),
      )
      hear(ended(turn, control.signal.aborted))
    } catch (error) {
      hear(control.signal.aborted ? ended(turn, true) : failed(turn, asProblem(error)))
    }
    answered(turn)
  }

  const bodyOf = (question: string, earlier: ReturnType<typeof earlierOf>) => ({
    question,
    earlier,
    stream: true,
    language: locale.value.startsWith('zh') ? 'zh' : 'en',
    ...(about.value.documents.length > 0 ? { documents: about.value.documents } : {}),
    ...(about.value.folder ? { folder: about.value.folder } : {}),
  })

  async function again(): Promise<void> {
    const last = turns.value.at(-1)
    if (last === undefined || busy.value) return
    turns.value = turns.value.slice(0, -1)
    await ask(last.question)
  }

  const stop = (): void => stopping?.abort()
  function fresh(): void {
    stop()
    turns.value = []
  }
  onScopeDispose(stop)
  return { turns, busy, ask, again, stop, fresh }
}

async function listen(
  body: unknown,
  signal: AbortSignal,
  take: (name: string, data: string) => void,
): Promise<void> {
  const response = await send(
    new Request(new URL(ASK_PATH, window.location.origin), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'text/event-stream' },
      body: JSON.stringify(body),
      signal,
    }),
  )
  if (!response.ok || response.body === null) throw await problemIn(response)
  const parser = createParser({ onEvent: (event) => take(event.event ?? 'message', event.data) })
  const decoder = new TextDecoder()
  const reader = response.body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    parser.feed(decoder.decode(value, { stream: true }))
  }
}
