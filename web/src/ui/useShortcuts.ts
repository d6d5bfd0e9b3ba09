/**
 * Keyboard shortcuts of a page: `useShortcuts(() => t('keys.group'), () => [...])` registers them
 * while the component lives. `?` lists them all; keys that somebody changed are kept by the browser.
 */
import { useEventListener, useStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, onScopeDispose, shallowReactive, toValue, type MaybeRefOrGetter } from 'vue'
import { answers, keysFor, keysOf, shortcutFor, type Shortcut } from './shortcuts'

export type { Shortcut } from './shortcuts'

interface Group {
  title: MaybeRefOrGetter<string>
  shortcuts: MaybeRefOrGetter<readonly Shortcut[]>
}

export const useShortcutBook = defineStore('shortcuts', () => {
  const groups = shallowReactive(new Set<Group>())
  const chosen = useStorage<Record<string, string>>('yuepi.shortcuts', {})
  const listed = computed(() =>
    [...groups].map((group) => ({
      title: toValue(group.title),
      shortcuts: toValue(group.shortcuts),
    })),
  )
  const all = computed(() => listed.value.flatMap((group) => group.shortcuts))

  function press(event: KeyboardEvent): void {
    const keys = keysOf(event)
    const found = keys ? shortcutFor(keys, all.value, chosen.value) : undefined
    if (found === undefined || !answers(found, event)) return
    event.preventDefault()
    found.run(event)
  }

  /** Which other shortcut has these keys. */
  const holder = (keys: string, id: string): Shortcut | undefined =>
    all.value.find((each) => each.id !== id && keysFor(each, chosen.value).includes(keys))

  const choose = (id: string, keys: string): void => {
    chosen.value = { ...chosen.value, [id]: keys }
  }
  const reset = (): void => {
    chosen.value = {}
  }

  return { groups, listed, chosen, press, holder, choose, reset }
})

export function useShortcuts(
  title: MaybeRefOrGetter<string>,
  shortcuts: MaybeRefOrGetter<readonly Shortcut[]>,
): void {
  const book = useShortcutBook()
  const group: Group = { title, shortcuts }
  book.groups.add(group)
  onScopeDispose(() => book.groups.delete(group))
}

/** Listens for all of them; once, in the frame. */
export function useShortcutKeys(): void {
  const book = useShortcutBook()
  useEventListener(document, 'keydown', (event: KeyboardEvent) => book.press(event))
}
