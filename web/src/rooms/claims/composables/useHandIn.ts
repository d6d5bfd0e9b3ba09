/**
 * Hands the draft in, once: pressing the button is the intention, kept with the draft. It waits
 * for the papers, for a line, for the desk, and repeats the same request under the same key.
 */
import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import { asProblem, type Problem } from '@/api/problem'
import { obstacle, saidOf, type Draft } from '../draft/draft'
import { waitMs } from '../draft/patience'
import { handIn } from '../draft/uploads'
import type { DraftDesk } from './useDraft'

export type HandingState = 'idle' | 'papers' | 'sending' | 'waiting'

export function useHandIn(
  desk: DraftDesk,
  online: Ref<boolean>,
  done: (claim: string) => void | Promise<void>,
) {
  const sending = ref(false)
  const waiting = ref(false)
  const problem = shallowRef<Problem | null>(null)
  let failures = 0
  let timer: ReturnType<typeof setTimeout> | null = null

  const state = computed<HandingState>(() => {
    if (sending.value) return 'sending'
    if (!desk.draft.value.handing) return 'idle'
    return waiting.value ? 'waiting' : 'papers'
  })

  async function go(): Promise<void> {
    const draft = desk.draft.value
    if (!desk.loaded.value || !draft.handing || sending.value || timer !== null) return
    if (obstacle(draft) !== null) return
    sending.value = true
    try {
      // The intention is on the disk before the request is on its way.
      await desk.keep()
      const { id } = await handIn(formOf(draft), draft.key)
      await desk.handedIn(id)
      await done(id)
    } catch (error) {
      failed(asProblem(error))
    } finally {
      sending.value = false
    }
  }

  function failed(found: Problem): void {
    waiting.value = found.passing
    if (found.passing) {
      timer = setTimeout(retry, waitMs(++failures, found.more.waitSeconds))
      return
    }
    problem.value = found
    desk.change({ handing: false })
  }

  function unwait(): void {
    if (timer !== null) clearTimeout(timer)
    timer = null
    waiting.value = false
  }

  function retry(): void {
    unwait()
    void go()
  }

  function start(): void {
    if (desk.draft.value.handing) return
    problem.value = null
    failures = 0
    desk.change({ handing: true })
    void go()
  }

  function stop(): void {
    unwait()
    desk.change({ handing: false })
  }

  watch([() => desk.draft.value, desk.loaded], () => {
    // A paper that the desk refuses needs its submitter before anything goes on.
    if (desk.draft.value.handing && obstacle(desk.draft.value) === 'refused') stop()
    else void go()
  })
  watch(online, (now) => now && waiting.value && retry())
  onScopeDispose(unwait)

  /** The key was used for other content: this draft becomes a claim of its own. */
  const startAnew = (): void => (desk.newKey(), start())

  return { state, problem, start, stop, startAnew }
}

function formOf(draft: Draft): FormData {
  const form = new FormData()
  for (const paper of draft.papers) if (paper.upload !== null) form.append('upload', paper.upload)
  if (draft.category.trim() !== '') form.append('category', draft.category.trim())
  if (draft.note.trim() !== '') form.append('note', draft.note)
  if (draft.on !== '') form.append('on', draft.on)
  const said = saidOf(draft)
  if (said.length > 0) form.append('said', JSON.stringify(said))
  return form
}
