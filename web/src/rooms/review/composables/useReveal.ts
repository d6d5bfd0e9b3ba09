/** Personal data of an attachment, shown whole: asked for with a reason, recorded, and kept by this
 *  page only while the item is open. */
import { computed, ref, shallowRef, watch, type Ref } from 'vue'
import { api, told, type Shape } from '@/api/client'
import type { ReviewShown } from '../fields'

type Files = ReviewShown['readings'][number]['files']

export function useReveal(id: Ref<string>, masked: Ref<ReviewShown | undefined>) {
  const whole = shallowRef<ReadonlyMap<string, Files>>(new Map())
  const busy = ref(false)
  const problem = shallowRef<unknown>(null)

  const review = computed(() => {
    const now = masked.value
    if (!now || whole.value.size === 0) return now
    const readings = now.readings.map((each) => ({
      ...each,
      files: whole.value.get(each.attachment) ?? each.files,
    }))
    return { ...now, readings }
  })
  const isWhole = (attachment: string): boolean => whole.value.has(attachment)

  /** Asks for an attachment; false where it was refused. */
  async function reveal(attachment: string, reason: string): Promise<boolean> {
    const claim = masked.value?.claim.id
    if (!claim || busy.value) return false
    busy.value = true
    problem.value = null
    try {
      const found = await told(
        api.POST('/api/claims/{claim_id}/files/{attachment_id}/reveal', {
          params: { path: { claim_id: claim, attachment_id: attachment } },
          body: { reason },
        }),
      )
      whole.value = new Map([...whole.value, [attachment, (found as Shape<'RevealedShown'>).files]])
      return true
    } catch (error) {
      problem.value = error
      return false
    } finally {
      busy.value = false
    }
  }

  /** Forgets why the last asking was refused. */
  const forget = (): void => void (problem.value = null)

  // Another item, or another version of this one: what was shown whole is forgotten.
  watch([id, () => masked.value?.claim.version], () => (whole.value = new Map()), { flush: 'sync' })

  return { review, isWhole, reveal, forget, busy, problem }
}
