/** Files on their way to the shelf, a few at a time. They go on while other pages are looked at. */
import { useEventListener, useOnline } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, ref, shallowReactive, watch } from 'vue'
import { asProblem } from '@/api/problem'
import { queries } from '@/api/queries'
import type { Gathered } from '../shelf/gathered'
import { sendFile } from '../shelf/sendFile'
import { overallOf, stateOf, toldOf, uploadOf, waitMs, type Upload } from '../shelf/uploads'

const AT_ONCE_MAX = 3
const FRESHEN_MS = 1_500

export const useUploads = defineStore('library-uploads', () => {
  const uploads = ref<Upload[]>([])
  const online = useOnline()
  const stalled = ref(false)
  const going = shallowReactive(new Map<string, AbortController>())
  const overall = computed(() => overallOf(uploads.value))
  let made = 0
  let failures = 0
  let timer: ReturnType<typeof setTimeout> | null = null
  let freshening: ReturnType<typeof setTimeout> | null = null

  function add(files: readonly Gathered[], folder: string, into: string): void {
    // What was seen to its end makes room for the new.
    if (!overall.value.running)
      uploads.value = uploads.value.filter((each) => each.state === 'failed')
    const more = files.map((each) => uploadOf(each, `upload-${++made}`, folder, into))
    uploads.value = [...uploads.value, ...more]
    go()
  }

  const change = (id: string, more: Partial<Upload>): void => {
    const found = uploads.value.find((each) => each.id === id)
    if (found) Object.assign(found, more)
  }

  function go(): void {
    if (timer !== null || !online.value) return
    for (const upload of uploads.value) {
      if (going.size >= AT_ONCE_MAX) return
      if (upload.state === 'waiting') void sendOne(upload)
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
      freshen()
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
    // The line or the desk is away: it is sent again, and nobody has to press anything.
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

  /** Lists and folders show what came, a little later and once for many. */
  function freshen(): void {
    freshening ??= setTimeout(() => {
      freshening = null
      void queries.invalidateQueries({ queryKey: ['library'] })
    }, FRESHEN_MS)
  }

  function again(id: string): void {
    change(id, { state: 'waiting', share: 0, trouble: null, told: null })
    resume()
  }
  const againAll = (): void =>
    uploads.value
      .filter((each) => each.state === 'failed' && each.file.size > 0)
      .forEach((each) => again(each.id))

  function stop(id: string): void {
    going.get(id)?.abort()
    change(id, { state: 'stopped' })
  }
  const stopAll = (): void =>
    uploads.value
      .filter((each) => each.state === 'waiting' || each.state === 'sending')
      .forEach((each) => stop(each.id))
  const clear = (): void => void (uploads.value = [])

  watch(online, (now) => now && resume())
  useEventListener(window, 'beforeunload', (event: BeforeUnloadEvent) => {
    if (overall.value.running) event.preventDefault()
  })

  return { uploads, overall, stalled, online, add, again, againAll, stop, stopAll, resume, clear }
})
