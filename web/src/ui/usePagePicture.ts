/** The picture of a page: its address, its size, and whether it came. */
import { onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import { problemIn, send } from '@/api/client'
import type { Size } from './paperGeometry'
import type { PaperPage } from './papers'

export function usePagePicture(page: Ref<PaperPage | null>) {
  const src = ref('')
  const size = shallowRef<Size | null>(null)
  const state = ref<'waiting' | 'there' | 'failed'>('waiting')
  let made = ''
  let asked = 0

  function letGo(): void {
    if (made) URL.revokeObjectURL(made)
    made = ''
  }

  async function load(): Promise<void> {
    const mine = ++asked
    const one = page.value
    letGo()
    state.value = 'waiting'
    size.value = one && one.width > 0 ? { width: one.width, height: one.height } : null
    src.value = one?.href ?? ''
    if (!one?.original) return
    try {
      const response = await send(new Request(new URL(one.original, window.location.origin)))
      if (!response.ok) throw await problemIn(response)
      const blob = await response.blob()
      if (mine !== asked) return
      made = URL.createObjectURL(blob)
      src.value = made
    } catch {
      if (mine === asked) state.value = 'failed'
    }
  }

  function came(event: Event): void {
    const picture = event.target as HTMLImageElement
    size.value ??= { width: picture.naturalWidth, height: picture.naturalHeight }
    state.value = 'there'
  }

  const failed = (): void => void (src.value && (state.value = 'failed'))

  watch(() => page.value && (page.value.href || page.value.original), load, { immediate: true })
  onScopeDispose(() => {
    asked += 1
    letGo()
  })

  return { src, size, state, came, failed, load }
}
