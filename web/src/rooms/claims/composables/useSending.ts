/** Sends the papers of a draft, a few at a time; waits where there is no line, and goes on. */
import { useOnline } from '@vueuse/core'
import { onScopeDispose, reactive, ref, watch } from 'vue'
import { asProblem } from '@/api/problem'
import { isPhoto } from '../draft/media'
import { sendFile } from '../draft/uploads'
import { waitMs } from '../draft/patience'
import type { Paper, Step } from '../draft/draft'
import type { DraftDesk } from './useDraft'

const AT_ONCE_MAX = 2

export function useSending(desk: DraftDesk) {
  const online = useOnline()
  const shares = reactive(new Map<string, number>())
  /** Why sending stands still: no line, or the desk does not answer. */
  const stalled = ref<'offline' | 'server' | null>(null)
  const going = new Map<string, AbortController>()
  let failures = 0
  let timer: ReturnType<typeof setTimeout> | null = null
  let ended = false

  function go(): void {
    if (ended || !desk.loaded.value || timer !== null) return
    if (!online.value) {
      stalled.value = 'offline'
      return
    }
    for (const paper of desk.draft.value.papers) {
      if (going.size >= AT_ONCE_MAX) return
      if (paper.state === 'waiting' && !going.has(paper.id)) void sendOne(paper)
    }
  }

  async function sendOne(paper: Paper): Promise<void> {
    const control = new AbortController()
    going.set(paper.id, control)
    desk.step(paper.id, { to: 'sending' })
    shares.set(paper.id, 0)
    try {
      const progress = (share: number): void => void shares.set(paper.id, share)
      desk.step(paper.id, await sent(desk, paper, progress, control.signal))
      failures = 0
      stalled.value = null
    } catch (error) {
      failed(paper.id, error)
    } finally {
      going.delete(paper.id)
      shares.delete(paper.id)
      go()
    }
  }

  function failed(id: string, error: unknown): void {
    const problem = asProblem(error)
    if (problem.code === 'aborted') return
    if (!problem.passing) {
      const { code, message, remedy } = problem
      desk.step(id, { to: 'refused', trouble: { code, message, remedy } })
      return
    }
    desk.step(id, { to: 'waiting' })
    stalled.value = problem.status === 0 ? 'offline' : 'server'
    failures += 1
    timer = setTimeout(retry, waitMs(failures, problem.more.waitSeconds))
  }

  /** At once: a line came back, or somebody pressed the button. */
  function retry(): void {
    if (timer !== null) clearTimeout(timer)
    timer = null
    if (online.value) stalled.value = null
    go()
  }

  watch(online, (now) => (now ? retry() : (stalled.value = 'offline')))
  watch([() => desk.draft.value.papers, desk.loaded], ([papers]) => {
    abortStale(going, papers)
    go()
  })
  onScopeDispose(() => {
    ended = true
    if (timer !== null) clearTimeout(timer)
    for (const control of going.values()) control.abort()
  })

  return { shares, stalled, online, retry }
}

/** What was removed or edited meanwhile is not sent to its end. */
function abortStale(going: ReadonlyMap<string, AbortController>, papers: readonly Paper[]): void {
  for (const [id, control] of going)
    if (papers.find((each) => each.id === id)?.state !== 'sending') control.abort()
}

/** What became of the paper: the desk has it, or the browser lost its bytes. */
async function sent(
  desk: DraftDesk,
  paper: Paper,
  progress: (share: number) => void,
  signal: AbortSignal,
): Promise<Step> {
  const file = await desk.file(paper.id, paper.edited ? 'edited' : 'original')
  if (file === null) return { to: 'refused', trouble: { code: 'lost', message: '', remedy: '' } }
  const { id } = await sendFile(file, sentName(paper), progress, signal)
  return { to: 'sent', upload: id }
}

/** An edited picture is a JPEG, whatever its original was. */
function sentName(paper: Paper): string {
  if (!paper.edited || !isPhoto(paper.media)) return paper.name
  return `${paper.name.replace(/\.[^.]{1,5}$/, '')}.jpg`
}
