/**
 * A decision, held for a moment so that it can be undone: then it is sent; when the page is left it
 * is sent at once, and the browser finishes that by itself.
 */
import { useEventListener } from '@vueuse/core'
import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import { onceKey, problemIn, send, type Shape } from '@/api/client'
import { asProblem, type Problem } from '@/api/problem'

export type Answer = Shape<'AnsweredShown'>

export type Verdict =
  | { kind: 'approve' | 'reject'; reason: string; despiteHeld: boolean }
  | { kind: 'ask'; reason: string }

export interface HeldVerdict {
  review: string
  claim: string
  etag: string
  verdict: Verdict
  key: string
}

export interface Hooks {
  /** It was taken in; `final` false: a second person must approve, too. */
  done: (held: HeldVerdict, final: boolean) => void
  failed: (held: HeldVerdict, problem: Problem) => void
}

export const HOLD_MS = 5_000
const TICK_MS = 200

export function useHeldVerdict(hooks: Hooks, holdMs = HOLD_MS) {
  const held = shallowRef<HeldVerdict | null>(null)
  const sending = ref(false)
  const left = ref(0)
  let until = 0
  let timer: ReturnType<typeof setInterval> | undefined

  const seconds = computed(() => Math.ceil(left.value / 1_000))

  function stop(): void {
    clearInterval(timer)
    timer = undefined
    held.value = null
  }

  /** Holds a decision; one that is held already is sent at once. */
  function hold(review: string, claim: string, etag: string, verdict: Verdict): void {
    void flush()
    held.value = { review, claim, etag, verdict, key: onceKey() }
    until = Date.now() + holdMs
    left.value = holdMs
    timer = setInterval(() => {
      left.value = Math.max(0, until - Date.now())
      if (left.value === 0) void flush()
    }, TICK_MS)
  }

  function undo(): HeldVerdict | null {
    const taken = held.value
    stop()
    return taken
  }

  /** Sends it now. */
  async function flush(): Promise<void> {
    const taken = held.value
    if (!taken) return
    stop()
    sending.value = true
    try {
      const response = await send(requestOf(taken))
      if (!response.ok) throw await problemIn(response)
      const answer = (await response.json()) as Partial<Answer>
      hooks.done(taken, answer.final ?? true)
    } catch (error) {
      hooks.failed(taken, asProblem(error))
    } finally {
      sending.value = false
    }
  }

  const leave = (): void => void flush()
  useEventListener(window, 'pagehide', leave)
  onScopeDispose(leave)

  return { held, sending, seconds, left, hold, undo, flush, holdMs }
}

function requestOf(held: HeldVerdict): Request {
  const { verdict } = held
  const asks = verdict.kind === 'ask'
  const path = `/api/reviews/${encodeURIComponent(held.review)}/${asks ? 'ask' : 'decision'}`
  const body = asks
    ? { question: verdict.reason }
    : { verdict: verdict.kind, reason: verdict.reason, despite_held: verdict.despiteHeld }
  return new Request(`${window.location.origin}${path}`, {
    method: 'POST',
    keepalive: true,
    headers: {
      'content-type': 'application/json',
      'if-match': held.etag,
      'idempotency-key': held.key,
    },
    body: JSON.stringify(body),
  })
}
