/**
 * Holding a review: taken when it is opened, renewed in the background, handed back on leaving.
 * `lost`: the time ran out; `taken`: another person works on it.
 */
import { useEventListener, useIntervalFn } from '@vueuse/core'
import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import { api, send, told, type Shape } from '@/api/client'
import { asProblem, Problem } from '@/api/problem'

export type LeaseState = 'none' | 'taking' | 'held' | 'lost' | 'taken' | 'closed' | 'failed'

const RENEW_SHARE = 3
const TICK_MS = 1_000

/** How long somebody else still holds it, as the server tells in words. */
const secondsIn = (remedy: string): number => Number(/(\d+) seconds?/.exec(remedy)?.[1] ?? 0)

const ENDS: Record<string, LeaseState> = {
  review_taken: 'taken',
  lease_lost: 'lost',
  wrong_state: 'closed',
  not_found: 'closed',
}

/** What passes (the network, a busy server) ends a hold only when its time is over. */
const stateAfter = (problem: Problem, now: LeaseState): LeaseState =>
  ENDS[problem.code] ?? (problem.passing && now === 'held' ? now : 'failed')

const ask = (id: string, how: 'take' | 'renew'): Promise<Shape<'LeaseShown'> | Problem> =>
  told(api.POST(`/api/reviews/{review_id}/${how}`, { params: { path: { review_id: id } } })).catch(
    asProblem,
  )

/** Also while the page is being left: the browser finishes it by itself. */
function giveBack(id: string): void {
  const address = `${window.location.origin}/api/reviews/${encodeURIComponent(id)}/hand-back`
  void send(new Request(address, { method: 'POST', keepalive: true })).catch(() => undefined)
}

export function useLease(changed: (version: number) => void) {
  const state = ref<LeaseState>('none')
  const problem = shallowRef<Problem | null>(null)
  const left = ref(0)
  let id = ''
  let until = 0
  let renewAt = 0
  let busy = false

  const held = computed(() => state.value === 'held')

  function keep(seconds: number): void {
    const now = Date.now()
    until = now + seconds * 1_000
    renewAt = now + (seconds * 1_000) / RENEW_SHARE
    left.value = seconds
    problem.value = null
    state.value = 'held'
  }

  function fail(found: Problem): void {
    problem.value = found
    if (found.code === 'review_taken') {
      left.value = secondsIn(found.remedy)
      until = Date.now() + left.value * 1_000
    }
    state.value = stateAfter(found, state.value)
  }

  async function hold(how: 'take' | 'renew'): Promise<boolean> {
    const asked = id
    busy = true
    const answer = await ask(asked, how).finally(() => (busy = false))
    if (asked !== id) return false
    if (answer instanceof Problem) fail(answer)
    else {
      keep(answer.lasts_s)
      changed(answer.version)
    }
    return !(answer instanceof Problem)
  }

  function take(review: string): Promise<boolean> {
    id = review
    problem.value = null
    state.value = 'taking'
    return hold('take')
  }

  /** Lets go of it, also while the page is being left. */
  function handBack(): void {
    if (state.value !== 'held' || !id) return
    giveBack(id)
    forget()
  }

  /** It is over, by an answer or by somebody else's. */
  function forget(): void {
    id = ''
    state.value = 'none'
    problem.value = null
  }

  /** The server says that it is no longer held. */
  const lose = (): void => void (state.value = 'lost')

  function tick(): void {
    if (state.value !== 'held' && state.value !== 'taken') return
    left.value = Math.max(0, Math.ceil((until - Date.now()) / 1_000))
    if (state.value !== 'held') return
    if (left.value <= 0) state.value = 'lost'
    else if (Date.now() >= renewAt && !busy) {
      renewAt = Date.now() + 5_000
      void hold('renew')
    }
  }

  useWatch(tick, handBack)

  return { state, held, left, problem, take, handBack, forget, lose }
}

/** Looks each second, and at once after a laptop slept; lets go when the page is left. */
function useWatch(tick: () => void, leave: () => void): void {
  useIntervalFn(tick, TICK_MS)
  useEventListener(document, 'visibilitychange', tick)
  useEventListener(window, 'pagehide', leave)
  onScopeDispose(leave)
}
