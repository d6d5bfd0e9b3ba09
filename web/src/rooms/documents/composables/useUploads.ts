/** Files on their way to the shelf. They go on while other pages are looked at. */
import { useEventListener, useOnline } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, ref, watch } from 'vue'
import { queries } from '@/api/queries'
import type { Gathered } from '../shelf/gathered'
import { overallOf, uploadOf, type Upload } from '../shelf/uploads'
import { uploadSender } from './uploadSender'

const FRESHEN_MS = 1_500

export const useUploads = defineStore('library-uploads', () => {
  const uploads = ref<Upload[]>([])
  const online = useOnline()
  const overall = computed(() => overallOf(uploads.value))
  const change = (id: string, more: Partial<Upload>): void => {
    const found = uploads.value.find((each) => each.id === id)
    if (found) Object.assign(found, more)
  }
  const { stalled, go, resume, abort } = uploadSender({ uploads, online, change, came: freshen })
  let made = 0
  let freshening: ReturnType<typeof setTimeout> | null = null

  function add(files: readonly Gathered[], folder: string, into: string): void {
    // What was seen to its end makes room for the new.
    if (!overall.value.running)
      uploads.value = uploads.value.filter((each) => each.state === 'failed')
    const more = files.map((each) => uploadOf(each, `upload-${++made}`, folder, into))
    uploads.value = [...uploads.value, ...more]
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
    change(id, { state: 'stopped' })
    abort(id)
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
