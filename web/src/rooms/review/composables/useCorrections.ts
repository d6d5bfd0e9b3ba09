/** Edits of one review: kept by the browser until they are sent, and through a conflict. */
import { useSessionStorage } from '@vueuse/core'
import { computed, ref, shallowRef, watch, type Ref } from 'vue'
import { api, told, type Shape } from '@/api/client'
import { asProblem, type Problem } from '@/api/problem'
import {
  added,
  bodyOf,
  editIn,
  keptEdits,
  rebased,
  standing,
  undone,
  without,
  type Edit,
  type Edits,
} from '../edits'
import type { FieldRow } from '../fields'

export interface SentTo {
  review: string
  etag: string
}

export function useCorrections(review: Ref<string>) {
  const kept = useSessionStorage<Record<string, string>>('yuepi.review.edits', {})
  const edits = shallowRef<Edits>([])
  const sending = ref(false)
  const problem = shallowRef<Problem | null>(null)
  const count = computed(() => standing(edits.value).length)

  watch(
    review,
    (id) => {
      edits.value = keptEdits(kept.value[id] ?? null)
      problem.value = null
    },
    { immediate: true },
  )
  watch(edits, (now) => {
    const others = Object.entries(kept.value).filter(([id]) => id !== review.value)
    const mine = now.length > 0 ? [[review.value, JSON.stringify(now)]] : []
    kept.value = Object.fromEntries([...others, ...mine])
  })

  function edit(made: Edit | null): void {
    if (made) edits.value = added(edits.value, made)
  }
  const undo = (): void => {
    edits.value = undone(edits.value)
  }
  const drop = (id: string): void => void (edits.value = without(edits.value, id))
  const clear = (): void => {
    edits.value = []
    problem.value = null
  }
  /** Puts the edits on top of what stands now. */
  const rebase = (rows: readonly FieldRow[]): void => {
    edits.value = rebased(edits.value, rows)
    problem.value = null
  }

  /** Sends them; gives the answer, or null where the server refused (`problem` tells why). */
  async function save(to: SentTo): Promise<Shape<'CorrectedShown'> | null> {
    if (count.value === 0) return null
    sending.value = true
    problem.value = null
    const sent = edits.value
    try {
      const answer = await told(
        api.POST('/api/reviews/{review_id}/corrections', {
          params: { path: { review_id: to.review }, header: { 'If-Match': to.etag } },
          body: { corrections: bodyOf(sent) },
        }),
      )
      // What was typed meanwhile is not sent yet.
      edits.value = edits.value.filter((each) => !sent.includes(each))
      return answer
    } catch (error) {
      problem.value = asProblem(error)
      return null
    } finally {
      sending.value = false
    }
  }

  return {
    edits,
    count,
    sending,
    problem,
    edit,
    undo,
    drop,
    clear,
    rebase,
    save,
    of: (id: string): Edit | undefined => editIn(edits.value, id),
  }
}
