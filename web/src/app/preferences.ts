/** What somebody likes, kept by their browser: language, theme. */
import { usePreferredDark, useStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, watch, watchEffect } from 'vue'

export type Language = 'zh' | 'en'
export type Theme = 'light' | 'dark' | 'system'

const ofBrowser = (): Language => (navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en')

export const usePreferences = defineStore('preferences', () => {
  // Kept once it was chosen, not before: whoever signs in brings their own.
  const kept = useStorage<Language | ''>('yuepi.language', '', undefined, { writeDefaults: false })
  const language = computed<Language>({
    get: () => (kept.value === 'zh' || kept.value === 'en' ? kept.value : ofBrowser()),
    set: (chosen) => (kept.value = chosen),
  })
  const theme = useStorage<Theme>('yuepi.theme', 'system', undefined, { writeDefaults: false })
  /** Whether the list of rooms shows icons alone. */
  const narrow = useStorage('yuepi.narrow', false, undefined, { writeDefaults: false })
  const prefersDark = usePreferredDark()
  const dark = computed(
    () => theme.value === 'dark' || (theme.value === 'system' && prefersDark.value),
  )
  watchEffect(() => {
    document.documentElement.classList.toggle('dark', dark.value)
    document.documentElement.lang = language.value === 'zh' ? 'zh-CN' : 'en'
  })
  watch(
    dark,
    (isDark) => {
      const ground = isDark ? '#171e27' : '#ffffff'
      let tag = document.querySelector<HTMLMetaElement>('meta[name="theme-color"]')
      if (tag === null) {
        tag = document.createElement('meta')
        tag.name = 'theme-color'
        document.head.append(tag)
      }
      tag.content = ground
    },
    { immediate: true },
  )

  /** The language of an account, where this browser's user chose none. */
  function welcome(theirs: Language): void {
    if (kept.value === '') kept.value = theirs
  }

  return { language, theme, dark, narrow, welcome }
})
