/** Sends what waits, a few at a time; where the line or the desk is away it goes on by itself. */
import { ref, shallowReactive, type Ref } from 'vue'
import { asProblem } from '@/api/problem'
import { sendFile } from '../shelf/sendFile'
import { stateOf, toldOf, waitMs, type Upload } from '../shelf/uploads'

const AT_ONCE_MAX = 3

interface Desk {
  uploads: Ref<Upload[]>
  online: Ref<boolean>
  change: (id: string, more: Partial<Upload>) => void
  /** Something came to the shelf. */
  came: () => void
}

export function uploadSender({ uploads, online, change, came }: Desk) {
  const stalled = ref(false)
  const going = shallowReactive(new Map<string, AbortController>())
  let failures = 0
  let timer: ReturnType<typeof setTimeout> | null = null

  function go(): void {
    if (timer !== null || !online.value) return
    for (const upload of uploads.value) {
      if (going.size >= AT_ONCE_MAX) return
      if (upload.state === 'waiting' && !going.has(upload.id)) void sendOne(upload)
    }
  }

  async function sendOne(upload: Upload): Promise<void> {
    const control = new AbortController()
    going.set(upload.id, control)
    change(upload.id, { state: 'sending', share: 0, trouble: null })
    try {
      const progress = (share: number): void => change(upload.id, { share })
      const told = toldOf(await sendFile(upload, progress, control.signal))
      change(upload.id, { state: stateOf(told), told, trouble: told.refused[0] ?? null })
      failures = 0
      stalled.value = false
      came()
    } catch (error) {
      failed(upload.id, error)
    } finally {
      going.delete(upload.id)
      go()
    }
  }

  function failed(id: string, error: unknown): void {
    const problem = asProblem(error)
    if (problem.code === 'aborted') return change(id, { state: 'stopped' })
    const { code, message, remedy } = problem
    if (!problem.passing)
      return change(id, { state: 'failed', trouble: { name: '', code, message, remedy } })
    change(id, { state: 'waiting', share: 0 })
    stalled.value = true
    failures += 1
    timer ??= setTimeout(resume, waitMs(failures, problem.more.waitSeconds))
  }

  function resume(): void {
    if (timer !== null) clearTimeout(timer)
    timer = null
    go()
  }

  return { stalled, go, resume, abort: (id: string): void => going.get(id)?.abort() }
}
