/** The keys of the item page. */
import type { Ref } from 'vue'
import { useShortcuts } from '@/ui/useShortcuts'

export interface PaperHandle {
  zoom: (by: 1 | -1) => void
  turn: () => void
  fit: () => void
  step: (by: number) => void
  focus: () => void
}

export interface ItemActions {
  approve: () => void
  approveWithReason: () => void
  reject: () => void
  ask: () => void
  go: (by: 1 | -1) => void
  step: (by: 1 | -1) => void
  confirm: () => void
  edit: () => void
  undo: () => void
  save: () => void
  back: () => void
}

export function useItemKeys(
  t: (key: string) => string,
  paper: Ref<PaperHandle | null>,
  act: ItemActions,
): void {
  const list: [string, string | string[], () => void, boolean?][] = [
    ['approve', 'a', act.approve],
    ['approveReason', 'shift+a', act.approveWithReason],
    ['reject', 'r', act.reject],
    ['ask', 'o', act.ask],
    ['nextItem', 'n', () => act.go(1)],
    ['previousItem', 'shift+n', () => act.go(-1)],
    ['nextDoubt', 'j', () => act.step(1), true],
    ['previousDoubt', 'k', () => act.step(-1), true],
    ['confirmField', 'c', act.confirm],
    ['editField', 'e', act.edit],
    ['undoEdit', ['z', 'mod+z'], act.undo],
    ['saveEdits', 's', act.save],
    ['paper', 'v', () => paper.value?.focus()],
    ['zoomIn', ['plus', '='], () => paper.value?.zoom(1), true],
    ['zoomOut', '-', () => paper.value?.zoom(-1), true],
    ['fit', '0', () => paper.value?.fit()],
    ['turn', 't', () => paper.value?.turn()],
    ['pageDown', 'pagedown', () => paper.value?.step(1), true],
    ['pageUp', 'pageup', () => paper.value?.step(-1), true],
    ['back', 'u', act.back],
  ]
  useShortcuts(
    () => t('bar.group'),
    () =>
      list.map(([name, keys, run, repeats]) => ({
        id: `review.${name}`,
        label: t(`bar.${name}`),
        keys,
        run,
        repeats: repeats ?? false,
      })),
  )
}
